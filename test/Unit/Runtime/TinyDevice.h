//===- TinyDevice.h - The tiny program for a device -------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The same launches with grids in place of tasks, planned for a device. Its
// images are words that only the stub of a driver understands: the names of the
// functions, after the format.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_UNIT_RUNTIME_TINYDEVICE_H
#define AUXACT_TEST_UNIT_RUNTIME_TINYDEVICE_H

#include "TinyProgram.h"

namespace auxact::runtime::tiny {

inline ProgramSpec makeDeviceSpec(const std::string &target = "cuda:sm_90a") {
  ProgramSpec spec = makeSpec(1);
  spec.target = target;
  spec.state[1].offset = deviceBlockAlignment;
  spec.stateBytes = 2 * deviceBlockAlignment;
  for (KernelSpec &kernel : spec.kernels) {
    auto blocks = kernel.tasks;
    kernel.tasks = 1;
    kernel.grids = {{kernel.symbol, {blocks, 1, 1}, {32, 1, 1}, 0}};
  }
  // Two grids, half of the tasks each; the second needs much shared memory.
  KernelSpec &predict = spec.kernels[0];
  predict.grids[0].blocks[0] /= 2;
  predict.grids.push_back(predict.grids[0]);
  predict.grids[1].function += "_1";
  predict.grids[1].sharedBytes = 100000;

  EntrySpec &entry = spec.entries["step"];
  std::vector<BufferRequest> requests;
  for (const BufferSpec &buffer : entry.buffers)
    requests.push_back(
        {buffer.bytes, deviceBlockAlignment, buffer.first, buffer.last});
  ArenaPlan plan = planArena(requests);
  auto move = [&](int64_t &offset, int64_t time) {
    for (size_t i = 0; i < entry.buffers.size(); ++i)
      if (entry.buffers[i].offset == offset && entry.buffers[i].first <= time &&
          time <= entry.buffers[i].last) {
        offset = plan.offsets[i];
        return;
      }
  };
  for (size_t i = 0; i < entry.launches.size(); ++i) {
    for (Place &place : entry.launches[i].args)
      if (place.kind == Place::Arena)
        move(place.value, i);
    move(entry.launches[i].workspaceOffset, i);
  }
  for (InputSpec &input : entry.inputs)
    move(input.stagingOffset, 0);
  move(entry.scalars[0].offset, 0);
  move(entry.outputs[0].place.value, 2);
  for (size_t i = 0; i < requests.size(); ++i)
    entry.buffers[i].offset = plan.offsets[i];
  entry.arenaBytes = plan.bytes;
  entry.lowerBoundBytes = plan.lowerBound;
  return spec;
}

inline std::vector<KernelCode>
makeImages(const std::vector<std::string> &formats = {"cubin", "ptx"},
           const std::string &more = "") {
  std::vector<KernelCode> code;
  for (const char *functions :
       {"tiny_predict tiny_predict_1", "tiny_reduce", "tiny_update"}) {
    std::vector<KernelImage> images;
    for (const std::string &format : formats)
      images.push_back({format, format + more + "\n" + functions});
    code.push_back(images);
  }
  return code;
}

} // namespace auxact::runtime::tiny

#endif // AUXACT_TEST_UNIT_RUNTIME_TINYDEVICE_H
