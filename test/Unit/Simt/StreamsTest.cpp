//===- StreamsTest.cpp - Streams, events and graphs -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "SimtHarness.h"

namespace {

using StreamsTest = SimtTest;

// x[t] = a x[t] + 1.
const char step[] = R"(
define ptx_kernel void @k(ptr addrspace(1) %x, float %a) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %t
  %v = load float, ptr addrspace(1) %p, align 4
  %w = fmul float %v, %a
  %u = fadd float %w, 1.0
  store float %u, ptr addrspace(1) %p, align 4
  ret void
})";

TEST_F(StreamsTest, AGraphIsReplayed) {
  CUfunction kernel = load(step);
  CUstream stream;
  ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  Array<float> x(std::vector<float>(4, 1.0f)), copy(4);
  ASSERT_EQ(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  float factor = 2;
  void *arguments[] = {&x.address, &factor};
  for (int i = 0; i < 2; ++i)
    ASSERT_EQ(
        cuLaunchKernel(kernel, 1, 1, 1, 4, 1, 1, 0, stream, arguments, nullptr),
        CUDA_SUCCESS);
  // Arguments were taken when the launch was recorded.
  factor = 100;
  ASSERT_EQ(cuMemcpyDtoDAsync_v2(copy.address, x.address, 16, stream),
            CUDA_SUCCESS);
  // Nothing may wait for a stream that is being captured, or allocate.
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  CUdeviceptr more;
  EXPECT_EQ(cuMemAlloc_v2(&more, 16), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  CUgraph graph;
  ASSERT_EQ(cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  EXPECT_EQ(x.values()[0], 1.0f) << "recording runs nothing";

  CUgraphExec executable;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(executable, stream), CUDA_SUCCESS);
  EXPECT_EQ(copy.values(), std::vector<float>(4, 7.0f));
  ASSERT_EQ(cuGraphLaunch(executable, stream), CUDA_SUCCESS);
  EXPECT_EQ(copy.values(), std::vector<float>(4, 31.0f));
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphLaunch(executable, stream), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(StreamsTest, AnEventDrawsAnotherStreamIntoTheCapture) {
  CUstream one, other;
  CUevent event;
  ASSERT_EQ(cuStreamCreate(&one, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  Array<uint8_t> x(std::vector<uint8_t>(4, 0));
  ASSERT_EQ(cuStreamBeginCapture_v2(one, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  ASSERT_EQ(cuEventRecord(event, one), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamWaitEvent(other, event, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemsetD8Async(x.address, 3, 4, other), CUDA_SUCCESS);
  EXPECT_EQ(x.values()[0], 0);
  CUgraph graph;
  ASSERT_EQ(cuStreamEndCapture(one, &graph), CUDA_SUCCESS);
  CUgraphExec executable;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(executable, one), CUDA_SUCCESS);
  EXPECT_EQ(x.values(), std::vector<uint8_t>(4, 3));
  // Afterwards the streams are their own again.
  ASSERT_EQ(cuMemsetD8Async(x.address, 5, 4, other), CUDA_SUCCESS);
  EXPECT_EQ(x.values()[0], 5);
}

TEST_F(StreamsTest, Events) {
  CUevent start, end, untimed;
  ASSERT_EQ(cuEventCreate(&start, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&end, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&untimed, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  float milliseconds = -1;
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end),
            CUDA_ERROR_INVALID_HANDLE)
      << "not recorded";
  for (CUevent event : {start, end, untimed})
    ASSERT_EQ(cuEventRecord(event, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), CUDA_SUCCESS);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, untimed),
            CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(StreamsTest, CopiesStayInAllocations) {
  Array<uint8_t> x(16);
  uint8_t bytes[32] = {};
  EXPECT_EQ(cuMemcpyHtoDAsync_v2(x.address, bytes, 17, nullptr),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyDtoHAsync_v2(bytes, x.address + 8, 9, nullptr),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(x.address + 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(x.address), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(x.address, 0, 1, nullptr),
            CUDA_ERROR_INVALID_VALUE);
}

TEST_F(StreamsTest, MemoryRunsOut) {
  size_t before, after, total;
  ASSERT_EQ(cuMemGetInfo_v2(&before, &total), CUDA_SUCCESS);
  CUdeviceptr address;
  EXPECT_EQ(cuMemAlloc_v2(&address, total + 1), CUDA_ERROR_OUT_OF_MEMORY);
  ASSERT_EQ(cuMemAlloc_v2(&address, 1 << 20), CUDA_SUCCESS);
  ASSERT_EQ(cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_EQ(before - after, size_t(1) << 20);
}

} // namespace
