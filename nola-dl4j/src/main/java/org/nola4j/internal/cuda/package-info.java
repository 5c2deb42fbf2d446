/**
 * The basis kernels on an NVIDIA GPU: bases are generated, mixed and projected on in the GPU's
 * registers, and nothing of a basis crosses the bus.
 *
 * <p>The kernels are CUDA C++ text ({@code basis.cu} among the resources), compiled for the GPU at
 * run time by NVRTC and launched through the driver API, both by way of JavaCPP's {@code
 * org.bytedeco:cuda}, which is on the class path where ND4J's CUDA backend is. They give exactly
 * the bits of {@code docs/basis-v1.md} and {@code docs/basis-v2.md}, as the kernels of {@link
 * org.nola4j.basis} do, which finds them as the kernel {@code cuda}; {@link
 * org.nola4j.internal.cuda.DeviceArrays} lets them work on ND4J's arrays in place.
 */
package org.nola4j.internal.cuda;
