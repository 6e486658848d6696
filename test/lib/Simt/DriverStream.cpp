//===- DriverStream.cpp - Streams, events and graphs ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Work is done when it is given to a stream, so that waiting has nothing to do;
// only while a stream is captured is it kept, for a graph.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

using namespace auxact::simt;

CUresult cuStreamCreate(CUstream *stream, unsigned) {
  AUXACT_SIMT_ENTER
  *stream = driver.streams.make();
  return CUDA_SUCCESS;
}

CUresult cuStreamDestroy_v2(CUstream stream) {
  AUXACT_SIMT_ENTER
  return driver.streams.destroy(stream) ? CUDA_SUCCESS
                                        : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuStreamSynchronize(CUstream stream) {
  AUXACT_SIMT_ENTER
  if (stream && !driver.streams.has(stream))
    return CUDA_ERROR_INVALID_HANDLE;
  return stream && stream->capture ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED
                                   : CUDA_SUCCESS;
}

// A stream that waits for an event of a capture takes part in it.
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  AUXACT_SIMT_ENTER
  if ((stream && !driver.streams.has(stream)) || !driver.events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture && stream && !stream->capture) {
    stream->capture = event->capture;
    driver.streams.forEach([&](CUstream_st &other) {
      if (other.capture == event->capture && other.isOrigin)
        stream->mode = other.mode;
    });
  }
  return CUDA_SUCCESS;
}

CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode) {
  AUXACT_SIMT_ENTER
  // The default stream cannot be captured.
  if (!stream)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (!driver.streams.has(stream))
    return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capture)
    return CUDA_ERROR_ILLEGAL_STATE;
  stream->capture = driver.graphs.make();
  stream->mode = mode;
  stream->isOrigin = true;
  return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  AUXACT_SIMT_ENTER
  if (!stream || !driver.streams.has(stream))
    return CUDA_ERROR_INVALID_HANDLE;
  if (!stream->capture || !stream->isOrigin)
    return CUDA_ERROR_ILLEGAL_STATE;
  *graph = stream->capture;
  driver.streams.forEach([&](CUstream_st &other) {
    if (other.capture == *graph)
      other = CUstream_st();
  });
  driver.events.forEach([&](CUevent_st &event) {
    if (event.capture == *graph)
      event.capture = nullptr;
  });
  return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph,
                                     unsigned long long) {
  AUXACT_SIMT_ENTER
  if (!driver.graphs.has(graph))
    return CUDA_ERROR_INVALID_HANDLE;
  *executable = driver.executables.make();
  (*executable)->graph = *graph;
  return CUDA_SUCCESS;
}

CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  AUXACT_SIMT_ENTER
  if (!driver.executables.has(executable))
    return CUDA_ERROR_INVALID_HANDLE;
  return driver.enqueue(stream, [executable] {
    for (const std::function<CUresult()> &operation :
         executable->graph.operations)
      if (CUresult result = operation())
        return result;
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphExecDestroy(CUgraphExec executable) {
  AUXACT_SIMT_ENTER
  return driver.executables.destroy(executable) ? CUDA_SUCCESS
                                                : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuGraphDestroy(CUgraph graph) {
  AUXACT_SIMT_ENTER
  return driver.graphs.destroy(graph) ? CUDA_SUCCESS
                                      : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuEventCreate(CUevent *event, unsigned flags) {
  AUXACT_SIMT_ENTER
  *event = driver.events.make();
  (*event)->isTimed = !(flags & CU_EVENT_DISABLE_TIMING);
  return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
  AUXACT_SIMT_ENTER
  if (!driver.events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  event->capture = stream ? stream->capture : nullptr;
  return driver.enqueue(stream, [event] {
    event->isRecorded = true;
    event->time = std::chrono::steady_clock::now();
    return CUDA_SUCCESS;
  });
}

CUresult cuEventSynchronize(CUevent event) {
  AUXACT_SIMT_ENTER
  return driver.events.has(event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end) {
  AUXACT_SIMT_ENTER
  for (CUevent event : {start, end})
    if (!driver.events.has(event) || !event->isTimed || !event->isRecorded)
      return CUDA_ERROR_INVALID_HANDLE;
  *milliseconds =
      std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent event) {
  AUXACT_SIMT_ENTER
  return driver.events.destroy(event) ? CUDA_SUCCESS
                                      : CUDA_ERROR_INVALID_HANDLE;
}
