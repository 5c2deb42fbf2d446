// mix and project of docs/basis-v1.md and docs/basis-v2.md, bit by bit: generated in registers, used, forgotten.
//
// Every sum below has the documents' order; __fadd_rn and __fmul_rn are never fused. Two of the document's numbers are
// written differently, with the same bits: uniform elements are generated as r = R / 2^16, and what they are multiplied
// by is 2^16 times larger, which is exact because it can only get out of the subnormal numbers, or overflow where the
// product would.
//
// One launch serves several jobs, for example the layers of one shape: blockIdx.z says which.

typedef unsigned int u32;
typedef unsigned long long u64;

struct Job {
  u64 seed;   // of the basis
  u64 input;  // address: coefficients of mix, gradient of project
  u64 output; // address: elements of mix, projections of project
};

struct Call {
  u64 jobs;     // address of Job[gridDim.z]
  u64 partials; // address of float[gridDim.z][tiles][count]: inner products with one tile
  u64 sums;     // address of double[gridDim.z][count]: those of all tiles before fromTile
  float scale;
  int count;
  int length;
  int fromTile;
  int tiles;
  int last;     // whether these are the last tiles
  int block;    // elements of a block of HADAMARD, of a tile of ONE_HOT
  int distance; // of a stage of HADAMARD
  float magnitude; // of structured elements
};

#define TILE 2048         // elements whose inner product project adds up at a time
#define VECTORS 256       // uniform vectors whose keys and coefficients are in shared memory at a time
#define STREAMS 16        // streams of 27 sign vectors whose tables are
#define PER_STREAM 27
#define TRIPLES 9         // of a stream; each has 8 sums
#define WARP_THREADS 0xFFFFFFFFu

static __device__ u64 mix64(u64 z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

/** x: offset, y: multiplier. */
static __device__ uint2 splitKey(u64 unmixed) {
  u64 key = mix64(unmixed);
  return make_uint2((u32)key, (u32)(key >> 32) | 1);
}

static __device__ uint2 streamKey(u64 mixedSeed, u32 stream) {
  return splitKey(mixedSeed + (stream + 1ull) * 0x9E3779B97F4A7C15ull);
}

static __device__ u32 position(u32 word) {
  u32 x = (word ^ (word >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

static __device__ u32 hashWord(u32 position, uint2 key) {
  u32 x = (position ^ key.x) * 0x9E3779B1u;
  x = (x ^ (x >> 15)) * key.y;
  return x ^ (x >> 16);
}

/** A word's halves, made odd, plus 2^15: unsigned 16-bit numbers. */
static __device__ u32 biased(u32 word) {
  return (word | 0x00010001u) ^ 0x80008000u;
}

/** The r of a half: without a conversion, which has an eighth of the rate of an addition. */
static __device__ float element(u32 half) {
  return __fadd_rn(__uint_as_float(0x4B000000u | half), -8421376.0f); // 2^23 + half, less 2^23 + 2^15
}

static __device__ float timesTwoTo16(float x) {
  return __fmul_rn(x, 65536.0f);
}

static __device__ Job jobOf(Call call) {
  return ((const Job*)call.jobs)[blockIdx.z];
}

// mix: one thread has WORDS words, so two elements each, or WORDS elements, and adds up all vectors in turn.

template <int WORDS>
static __device__ void mixUniform(Call call) {
  __shared__ uint2 keys[VECTORS];
  __shared__ float factors[VECTORS];
  Job job = jobOf(call);
  const float* coefficients = (const float*)job.input;
  u64 seed = mix64(job.seed);
  u32 first = blockIdx.x * blockDim.x * WORDS + threadIdx.x;
  u32 positions[WORDS];
  float low[WORDS], high[WORDS];
#pragma unroll
  for (int w = 0; w < WORDS; w++) {
    positions[w] = position(first + w * blockDim.x);
    low[w] = high[w] = 0.0f;
  }
  for (int from = 0; from < call.count; from += VECTORS) {
    int n = min(VECTORS, call.count - from);
    __syncthreads();
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
      keys[i] = streamKey(seed, from + i);
      float scaled = __fmul_rn(coefficients[from + i], call.scale);
      factors[i] = timesTwoTo16(__fmul_rn(scaled, 4.656612873077393e-10f)); // 2^-31
    }
    __syncthreads();
    for (int i = 0; i < n; i++) {
      uint2 key = keys[i];
      float factor = factors[i];
#pragma unroll
      for (int w = 0; w < WORDS; w++) {
        u32 halves = biased(hashWord(positions[w], key));
        low[w] = __fadd_rn(low[w], __fmul_rn(element(halves & 0xFFFFu), factor));
        high[w] = __fadd_rn(high[w], __fmul_rn(element(halves >> 16), factor));
      }
    }
  }
  float* out = (float*)job.output;
#pragma unroll
  for (int w = 0; w < WORDS; w++) {
    u32 word = first + w * blockDim.x;
    u32 e = (word >> 4 << 5) | (word & 15);
    if (e < (u32)call.length) {
      out[e] = low[w];
    }
    if (e + 16 < (u32)call.length) {
      out[e + 16] = high[w];
    }
  }
}

static __device__ float scaledCoefficient(const float* coefficients, u32 i, Call call) {
  return i < (u32)call.count ? __fmul_rn(coefficients[i], call.scale) : 0.0f;
}

static __device__ float signedBy(float x, u32 bit) {
  return __uint_as_float(__float_as_uint(x) ^ (bit << 31));
}

/** The sum of a triple's three numbers, with the signs that the three bits say. */
static __device__ float tripleSum(const float* coefficients, u32 first, u32 bits, Call call) {
  float s0 = signedBy(scaledCoefficient(coefficients, first, call), bits & 1);
  float s1 = signedBy(scaledCoefficient(coefficients, first + 1, call), bits >> 1 & 1);
  float s2 = signedBy(scaledCoefficient(coefficients, first + 2, call), bits >> 2);
  return __fadd_rn(__fadd_rn(s0, s1), s2);
}

template <int WORDS>
static __device__ void mixSign(Call call) {
  __shared__ uint2 keys[STREAMS];
  __shared__ float sums[STREAMS][TRIPLES][8]; // 8 banks a triple: a warp reads it without conflicts
  Job job = jobOf(call);
  const float* coefficients = (const float*)job.input;
  u64 seed = mix64(job.seed);
  int streams = (call.count + PER_STREAM - 1) / PER_STREAM;
  u32 first = blockIdx.x * blockDim.x * WORDS + threadIdx.x;
  u32 positions[WORDS];
  float a[WORDS];
#pragma unroll
  for (int w = 0; w < WORDS; w++) {
    positions[w] = position(first + w * blockDim.x);
    a[w] = 0.0f;
  }
  for (int from = 0; from < streams; from += STREAMS) {
    int n = min(STREAMS, streams - from);
    __syncthreads();
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
      keys[i] = streamKey(seed, from + i);
    }
    for (int i = threadIdx.x; i < n * TRIPLES * 8; i += blockDim.x) {
      (&sums[0][0][0])[i] = tripleSum(coefficients, (from * TRIPLES + i / 8) * 3, i % 8, call);
    }
    __syncthreads();
    for (int i = 0; i < n; i++) {
      uint2 key = keys[i];
#pragma unroll
      for (int w = 0; w < WORDS; w++) {
        u32 bits = hashWord(positions[w], key);
#pragma unroll
        for (int m = 0; m < TRIPLES; m += 3) {
          float t0 = sums[i][m][bits >> (3 * m) & 7];
          float t1 = sums[i][m + 1][bits >> (3 * m + 3) & 7];
          float t2 = sums[i][m + 2][bits >> (3 * m + 6) & 7];
          a[w] = __fadd_rn(a[w], __fadd_rn(__fadd_rn(t0, t1), t2));
        }
      }
    }
  }
  float* out = (float*)job.output;
#pragma unroll
  for (int w = 0; w < WORDS; w++) {
    u32 e = first + w * blockDim.x;
    if (e < (u32)call.length) {
      out[e] = a[w];
    }
  }
}

// project: a block has one tile of the gradient in shared memory; blockIdx.x says which, and blockIdx.y which vectors.

/** Copies a tile of the gradient, filled up with zeros; returns its steps of 32 elements. */
static __device__ int loadTile(const float* gradient, float* tile, float factor, Call call) {
  int start = (call.fromTile + blockIdx.x) * TILE;
  int n = min(TILE, call.length - start);
  for (int i = threadIdx.x; i < TILE; i += blockDim.x) {
    tile[i] = i < n ? __fmul_rn(gradient[start + i], factor) : 0.0f;
  }
  __syncthreads();
  return (n + 31) / 32;
}

static __device__ void storePartial(Call call, u32 vector, float sum) {
  if (vector < (u32)call.count) {
    u64 row = (u64)blockIdx.z * call.tiles + blockIdx.x;
    ((float*)call.partials)[row * call.count + vector] = sum;
  }
}

/** 16 threads have VECTORS_EACH vectors; thread j of them the document's lanes j and j + 16. */
template <int VECTORS_EACH>
static __device__ void projectUniform(Call call) {
  __shared__ float tile[TILE];
  Job job = jobOf(call);
  int steps = loadTile((const float*)job.input, tile, 65536.0f, call);
  u64 seed = mix64(job.seed);
  u32 lane = threadIdx.x & 15;
  u32 firstWord = (u32)(call.fromTile + blockIdx.x) * (TILE / 2) + lane;
  u32 perBlock = blockDim.x / 16 * VECTORS_EACH;
  for (u32 from = blockIdx.y * perBlock; from < (u32)call.count; from += gridDim.y * perBlock) {
    u32 vector = from + threadIdx.x / 16 * VECTORS_EACH;
    uint2 keys[VECTORS_EACH];
    float low[VECTORS_EACH], high[VECTORS_EACH];
#pragma unroll
    for (int v = 0; v < VECTORS_EACH; v++) {
      keys[v] = streamKey(seed, vector + v);
      low[v] = high[v] = 0.0f;
    }
    for (int step = 0; step < steps; step++) {
      u32 p = position(firstWord + 16 * step);
      float g0 = tile[32 * step + lane];
      float g1 = tile[32 * step + lane + 16];
#pragma unroll
      for (int v = 0; v < VECTORS_EACH; v++) {
        u32 halves = biased(hashWord(p, keys[v]));
        low[v] = __fadd_rn(low[v], __fmul_rn(element(halves & 0xFFFFu), g0));
        high[v] = __fadd_rn(high[v], __fmul_rn(element(halves >> 16), g1));
      }
    }
#pragma unroll
    for (int v = 0; v < VECTORS_EACH; v++) {
      float sum = __fadd_rn(low[v], high[v]);
#pragma unroll
      for (int d = 8; d > 0; d /= 2) {
        sum = __fadd_rn(sum, __shfl_down_sync(WARP_THREADS, sum, d, 16));
      }
      if (lane == 0) {
        storePartial(call, vector + v, sum);
      }
    }
  }
}

/**
 * Adds lanes that are DISTANCE apart, of N numbers a lane: afterwards each half of the lanes has one half of the
 * numbers, so that all five steps take as many exchanges as there are numbers, not five times as many.
 */
template <int N>
static __device__ void fold(float* numbers, u32 lane, int distance) {
  const int half = (N + 1) / 2;
  bool upper = (lane & distance) != 0;
#pragma unroll
  for (int i = 0; i < half; i++) {
    float other = i + half < N ? numbers[i + half] : 0.0f;
    float mine = upper ? other : numbers[i];
    float theirs = upper ? numbers[i] : other;
    numbers[i] = __fadd_rn(mine, __shfl_xor_sync(WARP_THREADS, theirs, distance));
  }
}

/** Which of 27 numbers a lane has in the end; 27 or more if none. */
static __device__ u32 foldedIndex(u32 lane) {
  u32 ofSeven = lane & 7; // 7 numbers fell to 4, 2 and 1
  u32 index = (lane & 16 ? 14 : 0) + (lane & 8 ? 7 : 0) + ofSeven;
  return ofSeven < 7 ? index : PER_STREAM;
}

/** A warp has one stream of 27 vectors, a thread one of the document's lanes. */
static __device__ void projectSigns(Call call) {
  __shared__ float tile[TILE];
  Job job = jobOf(call);
  int steps = loadTile((const float*)job.input, tile, 1.0f, call);
  u64 seed = mix64(job.seed);
  u32 lane = threadIdx.x & 31;
  u32 firstElement = (u32)(call.fromTile + blockIdx.x) * TILE + lane;
  u32 streams = (call.count + PER_STREAM - 1) / PER_STREAM;
  u32 perBlock = blockDim.x / 32;
  for (u32 from = blockIdx.y * perBlock; from < streams; from += gridDim.y * perBlock) {
    u32 stream = from + threadIdx.x / 32;
    uint2 key = streamKey(seed, stream);
    float lanes[PER_STREAM];
#pragma unroll
    for (int b = 0; b < PER_STREAM; b++) {
      lanes[b] = 0.0f;
    }
    for (int step = 0; step < steps; step++) {
      u32 bits = hashWord(position(firstElement + 32 * step), key);
      u32 g = __float_as_uint(tile[32 * step + lane]);
#pragma unroll
      for (int b = 0; b < PER_STREAM; b++) {
        lanes[b] = __fadd_rn(lanes[b], __uint_as_float(g ^ (bits << (31 - b) & 0x80000000u)));
      }
    }
    fold<27>(lanes, lane, 16);
    fold<14>(lanes, lane, 8);
    fold<7>(lanes, lane, 4);
    fold<4>(lanes, lane, 2);
    fold<2>(lanes, lane, 1);
    u32 index = foldedIndex(lane);
    if (index < PER_STREAM) {
      storePartial(call, stream * PER_STREAM + index, lanes[0]);
    }
  }
}

/** The sum of all tiles before those of this launch. */
static __device__ double sumBefore(Call call, u32 vector) {
  return call.fromTile == 0 ? 0.0 : ((double*)call.sums)[(u64)blockIdx.z * call.count + vector];
}

/** Keeps a sum for the next launch, or, behind the last tile, rounds it to the result. */
static __device__ void storeSum(Call call, u32 vector, double sum, double unit) {
  if (call.last) {
    ((float*)jobOf(call).output)[vector] = __double2float_rn(__dmul_rn(__dmul_rn(sum, (double)call.scale), unit));
  } else {
    ((double*)call.sums)[(u64)blockIdx.z * call.count + vector] = sum;
  }
}

/** The sums over tiles, in the document's binary64. One thread a vector. */
template <class Number>
static __device__ void addTiles(Call call, double unit) {
  u32 vector = blockIdx.x * blockDim.x + threadIdx.x;
  if (vector >= (u32)call.count) {
    return;
  }
  const Number* partial = (const Number*)call.partials + (u64)blockIdx.z * call.tiles * call.count + vector;
  double s = sumBefore(call, vector);
  for (int t = 0; t < call.tiles; t++) {
    s = __dadd_rn(s, (double)partial[(u64)t * call.count]);
  }
  storeSum(call, vector, s, unit);
}

// Structured distributions.

#define INNER_SIGNS (1ull << 32) // streams
#define OUTER_SIGNS ((1ull << 32) + 1)
#define CHOICES ((1ull << 32) + 2)
#define PIECE 4096       // elements of HADAMARD that threads of one block exchange in shared memory at most
#define LEAST_PIECE 1024 // and at least
#define CHUNK 1024       // elements of ONE_HOT that are sorted in shared memory at a time: a power of two

static __device__ uint2 structuredKey(u64 seed, u64 stream) {
  return splitKey(mix64(seed) + (stream + 1) * 0x9E3779B97F4A7C15ull);
}

static __device__ float structuredCoefficient(const float* coefficients, u32 i, Call call) {
  return i < (u32)call.count ? __fmul_rn(__fmul_rn(coefficients[i], call.scale), call.magnitude) : 0.0f;
}

/** The number with the sign that a position has. */
static __device__ float flipped(float x, u32 p, uint2 key) {
  return signedBy(x, hashWord(position(p >> 5), key) >> (p & 31) & 1);
}

/** The coefficient that an element of a block begins as. */
static __device__ float spreadCoefficient(const float* coefficients, u32 p, uint2 inner, Call call) {
  return flipped(structuredCoefficient(coefficients, p & (call.block - 1), call), p, inner);
}

/** Replaces pair n of all that are so far apart by their sum and their difference. */
static __device__ void butterfly(float* x, u64 n, u32 distance) {
  u64 j = (n & ~(u64)(distance - 1)) * 2 | (n & (distance - 1));
  float a = x[j], b = x[j + distance];
  x[j] = __fadd_rn(a, b);
  x[j + distance] = __fadd_rn(a, -b);
}

/** All stages of a block that pairs within a piece have. */
static __device__ void stages(float* piece, int size, bool descending, Call call) {
  int greatest = min(call.block, PIECE) / 2;
  for (int step = 1; step <= greatest; step *= 2) {
    int distance = descending ? greatest / step : step;
    __syncthreads();
    for (int n = threadIdx.x; n < size / 2; n += blockDim.x) {
      butterfly(piece, n, distance);
    }
  }
  __syncthreads();
}

/** Where a job's blocks larger than a piece are, call.tiles of them. */
static __device__ float* largeBlocks(Call call) {
  return (float*)call.partials + (u64)blockIdx.z * call.tiles * call.block;
}

/** Larger blocks: a number a thread. */
static __device__ void spreadHadamard(Call call) {
  Job job = jobOf(call);
  u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x;
  u32 p = (u32)call.fromTile * call.block + (u32)i;
  uint2 inner = structuredKey(job.seed, INNER_SIGNS);
  largeBlocks(call)[i] = spreadCoefficient((const float*)job.input, p, inner, call);
}

/** Larger blocks: a pair a thread. */
static __device__ void stageHadamard(Call call) {
  butterfly(largeBlocks(call), (u64)blockIdx.x * blockDim.x + threadIdx.x, call.distance);
}

/** A piece a block of threads: from coefficients, or, of larger blocks, from what stages have left. */
static __device__ void mixHadamard(Call call) {
  __shared__ float piece[PIECE];
  Job job = jobOf(call);
  int size = max(LEAST_PIECE, min(call.block, PIECE));
  u64 offset = (u64)blockIdx.x * size;
  u32 start = (u32)call.fromTile * call.block + (u32)offset;
  uint2 inner = structuredKey(job.seed, INNER_SIGNS);
  for (int i = threadIdx.x; i < size; i += blockDim.x) {
    piece[i] = call.block > PIECE ? largeBlocks(call)[offset + i]
                                  : spreadCoefficient((const float*)job.input, start + i, inner, call);
  }
  stages(piece, size, true, call);
  uint2 outer = structuredKey(job.seed, OUTER_SIGNS);
  float* out = (float*)job.output;
  for (int i = threadIdx.x; i < size; i += blockDim.x) {
    if (start + i < (u32)call.length) {
      out[start + i] = flipped(piece[i], start + i, outer);
    }
  }
}

/** Loads a piece of the gradient with its signs, filled up with zeros, and does what stages it can. */
static __device__ void projectPiece(float* piece, u32 start, Job job, Call call) {
  const float* gradient = (const float*)job.input;
  uint2 outer = structuredKey(job.seed, OUTER_SIGNS);
  for (int i = threadIdx.x; i < PIECE; i += blockDim.x) {
    piece[i] = start + i < (u32)call.length ? flipped(gradient[start + i], start + i, outer) : 0.0f;
  }
  stages(piece, PIECE, false, call);
}

/** A tile a block of threads. */
static __device__ void projectHadamard(Call call) {
  __shared__ float piece[PIECE];
  __shared__ float lanes[PIECE];
  Job job = jobOf(call);
  u32 start = (u32)(call.fromTile + blockIdx.x) * PIECE;
  projectPiece(piece, start, job, call);
  uint2 inner = structuredKey(job.seed, INNER_SIGNS);
  int n = max(call.block, 32);
  for (int lane = threadIdx.x; lane < n; lane += blockDim.x) {
    float sum = 0.0f;
    for (int i = lane; i < PIECE; i += n) {
      sum = __fadd_rn(sum, flipped(piece[i], start + i, inner));
    }
    lanes[lane] = sum;
  }
  for (int d = n / 2; d >= call.block; d /= 2) {
    __syncthreads();
    if (threadIdx.x < d) {
      lanes[threadIdx.x] = __fadd_rn(lanes[threadIdx.x], lanes[threadIdx.x + d]);
    }
  }
  __syncthreads();
  for (int i = threadIdx.x; i < call.block; i += blockDim.x) {
    storePartial(call, i, lanes[i]);
  }
}

/** Larger blocks: a piece a block of threads; stages follow. */
static __device__ void gatherHadamard(Call call) {
  __shared__ float piece[PIECE];
  u64 offset = (u64)blockIdx.x * PIECE;
  projectPiece(piece, (u32)call.fromTile * call.block + (u32)offset, jobOf(call), call);
  for (int i = threadIdx.x; i < PIECE; i += blockDim.x) {
    largeBlocks(call)[offset + i] = piece[i];
  }
}

/** The sums over larger blocks, each of which is a tile. One thread a vector. */
static __device__ void addBlocks(Call call) {
  u32 vector = blockIdx.x * blockDim.x + threadIdx.x;
  if (vector >= (u32)call.count) {
    return;
  }
  uint2 inner = structuredKey(jobOf(call).seed, INNER_SIGNS);
  double s = sumBefore(call, vector);
  for (int t = 0; t < call.tiles; t++) {
    u64 i = (u64)t * call.block + vector;
    s = __dadd_rn(s, (double)flipped(largeBlocks(call)[i], (u32)call.fromTile * call.block + (u32)i, inner));
  }
  storeSum(call, vector, s, (double)call.magnitude);
}

/** The vector that an element's word chooses. */
static __device__ u32 chosen(u32 word, Call call) {
  return (u32)((u64)(word >> 1) * (u32)call.count >> 31);
}

/** An element a thread. */
static __device__ void mixOneHot(Call call) {
  Job job = jobOf(call);
  u32 e = blockIdx.x * blockDim.x + threadIdx.x;
  if (e >= (u32)call.length) {
    return;
  }
  u32 word = hashWord(position(e), structuredKey(job.seed, CHOICES));
  ((float*)job.output)[e] =
      signedBy(structuredCoefficient((const float*)job.input, chosen(word, call), call), word & 1);
}

/** Sorts CHUNK keys by bitonic merging. */
static __device__ void sortKeys(u64* keys) {
  for (u32 run = 2; run <= CHUNK; run *= 2) {
    for (u32 distance = run / 2; distance > 0; distance /= 2) {
      __syncthreads();
      for (u32 n = threadIdx.x; n < CHUNK / 2; n += blockDim.x) {
        u32 i = (n & ~(distance - 1)) * 2 | (n & (distance - 1));
        bool descending = (i & run) != 0;
        u64 a = keys[i], b = keys[i + distance];
        if ((a > b) != descending) {
          keys[i] = b;
          keys[i + distance] = a;
        }
      }
    }
  }
  __syncthreads();
}

/**
 * A tile a block of threads, chunk by chunk: sorted by vector and then by position, the elements of each vector are a
 * run, which one thread adds in the specified order. So an element costs some tens of operations, however many vectors
 * there are, and no two threads add to the same sum.
 */
static __device__ void projectOneHot(Call call) {
  __shared__ u64 keys[CHUNK]; // an element's vector, and in the lower half its position in the chunk
  __shared__ float numbers[CHUNK];
  Job job = jobOf(call);
  const float* gradient = (const float*)job.input;
  double* sums = (double*)call.partials + ((u64)blockIdx.z * call.tiles + blockIdx.x) * call.count;
  uint2 key = structuredKey(job.seed, CHOICES);
  u32 start = (u32)(call.fromTile + blockIdx.x) * call.block;
  u32 end = min((u32)call.length, start + call.block);
  for (u32 vector = threadIdx.x; vector < (u32)call.count; vector += blockDim.x) {
    sums[vector] = 0.0;
  }
  for (u32 chunk = start; chunk < end; chunk += CHUNK) {
    u32 n = min((u32)CHUNK, end - chunk);
    __syncthreads();
    for (u32 i = threadIdx.x; i < CHUNK; i += blockDim.x) {
      keys[i] = ~0ull; // behind all vectors
      if (i < n) {
        u32 word = hashWord(position(chunk + i), key);
        keys[i] = (u64)chosen(word, call) << 32 | i;
        numbers[i] = signedBy(gradient[chunk + i], word & 1);
      }
    }
    sortKeys(keys);
    for (u32 i = threadIdx.x; i < n; i += blockDim.x) {
      u32 vector = (u32)(keys[i] >> 32);
      if (i > 0 && (u32)(keys[i - 1] >> 32) == vector) {
        continue; // of another thread's run
      }
      double sum = sums[vector];
      for (u32 next = i; next < n && (u32)(keys[next] >> 32) == vector; next++) {
        sum = __dadd_rn(sum, (double)numbers[(u32)keys[next]]);
      }
      sums[vector] = sum;
    }
  }
}

// For comparison only: a basis that is stored on the device, as float32 or float16, is read and mixed.

static __device__ void addTo(float4& a, float4 u, float c) {
  a.x = __fadd_rn(a.x, __fmul_rn(u.x, c));
  a.y = __fadd_rn(a.y, __fmul_rn(u.y, c));
  a.z = __fadd_rn(a.z, __fmul_rn(u.z, c));
  a.w = __fadd_rn(a.w, __fmul_rn(u.w, c));
}

static __device__ float4 stored(const float4* basis, u64 at) {
  return basis[at];
}

/** A float16 that is finite. */
static __device__ float ofHalf(u32 half) {
  float magnitude = __fmul_rn(__uint_as_float((half & 0x7FFFu) << 13), 5.192296858534828e33f); // 2^112
  return signedBy(magnitude, half >> 15 & 1);
}

static __device__ float4 stored(const uint2* basis, u64 at) {
  uint2 halves = basis[at];
  return make_float4(ofHalf(halves.x), ofHalf(halves.x >> 16), ofHalf(halves.y), ofHalf(halves.y >> 16));
}

/** A thread has four elements of all vectors; the length is a multiple of 4. */
template <class Stored>
static __device__ void mixStored(Call call) {
  Job job = jobOf(call);
  const Stored* basis = (const Stored*)call.partials;
  const float* coefficients = (const float*)job.input;
  int quads = call.length / 4;
  int quad = blockIdx.x * blockDim.x + threadIdx.x;
  if (quad >= quads) {
    return;
  }
  float4 a = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
#pragma unroll 8
  for (int i = 0; i < call.count; i++) {
    addTo(a, stored(basis, (u64)i * quads + quad), coefficients[i]);
  }
  ((float4*)job.output)[quad] = a;
}

extern "C" __global__ void mix_stored_float32(Call call) { mixStored<float4>(call); }
extern "C" __global__ void mix_stored_float16(Call call) { mixStored<uint2>(call); }
extern "C" __global__ void mix_uniform_1(Call call) { mixUniform<1>(call); }
extern "C" __global__ void mix_uniform_4(Call call) { mixUniform<4>(call); }
extern "C" __global__ void mix_sign_1(Call call) { mixSign<1>(call); }
extern "C" __global__ void mix_sign_4(Call call) { mixSign<4>(call); }
extern "C" __global__ void project_uniform_2(Call call) { projectUniform<2>(call); }
extern "C" __global__ void project_uniform_8(Call call) { projectUniform<8>(call); }
extern "C" __global__ void project_sign(Call call) { projectSigns(call); }
extern "C" __global__ void add_tiles_uniform(Call call) { addTiles<float>(call, 4.656612873077393e-10); }
extern "C" __global__ void add_tiles_sign(Call call) { addTiles<float>(call, 1.0); }
extern "C" __global__ void hadamard_spread(Call call) { spreadHadamard(call); }
extern "C" __global__ void hadamard_stage(Call call) { stageHadamard(call); }
extern "C" __global__ void hadamard_gather(Call call) { gatherHadamard(call); }
extern "C" __global__ void mix_hadamard(Call call) { mixHadamard(call); }
extern "C" __global__ void project_hadamard(Call call) { projectHadamard(call); }
extern "C" __global__ void add_blocks_hadamard(Call call) { addBlocks(call); }
extern "C" __global__ void add_tiles_hadamard(Call call) { addTiles<float>(call, (double)call.magnitude); }
extern "C" __global__ void mix_one_hot(Call call) { mixOneHot(call); }
extern "C" __global__ void project_one_hot(Call call) { projectOneHot(call); }
extern "C" __global__ void add_tiles_one_hot(Call call) { addTiles<double>(call, (double)call.magnitude); }
