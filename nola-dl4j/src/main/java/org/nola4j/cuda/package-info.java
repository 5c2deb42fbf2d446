/**
 * The basis kernels on an NVIDIA GPU: bases are generated, mixed and projected on in the GPU's
 * registers, and nothing of a basis crosses the bus.
 *
 * <p>The kernels are CUDA C++ text ({@code basis.cu} among the resources), compiled for the GPU at
 * run time by NVRTC and started through the driver's interface, both by way of JavaCPP's {@code
 * org.bytedeco:cuda}, which is on the class path where ND4J's CUDA backend is. They give the bits
 * of {@code docs/basis-v1.md}, as the kernels of {@link org.nola4j.basis} do, and are found by it
 * as the kernel {@code cuda}; {@link org.nola4j.cuda.DeviceArrays} lets them work on ND4J's arrays
 * where they are.
 */
package org.nola4j.cuda;
