//===- SharedArray.cpp - Memory of a program for Python -------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Memory on a device has an address and an owner; a capsule of DLPack's adds a
// type and a shape, and holds the owner until its taker is done with it.
//
//===----------------------------------------------------------------------===//

#include "SharedArray.h"

#include "Module.h"

#include "auxact/Runtime/DType.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>

namespace nb = nanobind;
using namespace auxact::runtime;

namespace {

/// What a capsule refers to.
struct Lent {
  DLManagedTensor tensor;
  std::vector<int64_t> shape;
  PyObject *owner;
};

void giveBack(DLManagedTensor *tensor) {
  // Libraries call this from threads of their own.
  nb::gil_scoped_acquire lock;
  auto *lent = static_cast<Lent *>(tensor->manager_ctx);
  Py_DECREF(lent->owner);
  delete lent;
}

/// A taker renames the capsule; one that nobody took frees its tensor itself.
void closeCapsule(PyObject *capsule) {
  if (!PyCapsule_IsValid(capsule, "dltensor"))
    return;
  auto *tensor =
      static_cast<DLManagedTensor *>(PyCapsule_GetPointer(capsule, "dltensor"));
  tensor->deleter(tensor);
}

/// By the names of NumPy.
nb::dlpack::dtype parseDType(const std::string &name) {
  if (name == "float32")
    return nb::dtype<float>();
  if (name == "float64")
    return nb::dtype<double>();
  if (name == "int32")
    return nb::dtype<int32_t>();
  if (name == "int64")
    return nb::dtype<int64_t>();
  if (name == "int8")
    return nb::dtype<int8_t>();
  throw nb::type_error(("auxact: no program has elements of " + name).c_str());
}

std::string printDType(nb::dlpack::dtype dtype) {
  using Code = nb::dlpack::dtype_code;
  std::string bits = std::to_string(dtype.bits);
  switch (static_cast<Code>(dtype.code)) {
  case Code::Int:
    return "int" + bits;
  case Code::UInt:
    return "uint" + bits;
  case Code::Float:
    return "float" + bits;
  default:
    throw nb::type_error("auxact: an array of an element type that NumPy does "
                         "not know");
  }
}

nb::object makeCapsule(uint64_t address, const std::string &dtype,
                       std::vector<int64_t> shape, int32_t deviceType,
                       int32_t deviceIndex, nb::object owner) {
  nb::dlpack::dtype type = parseDType(dtype);
  auto lent = std::make_unique<Lent>();
  lent->shape = std::move(shape);
  lent->owner = owner.release().ptr();
  DLTensor &tensor = lent->tensor.dl_tensor;
  tensor.data = reinterpret_cast<void *>(address);
  tensor.device = {static_cast<DLDeviceType>(deviceType), deviceIndex};
  tensor.ndim = static_cast<int32_t>(lent->shape.size());
  tensor.dtype = {type.code, type.bits, type.lanes};
  tensor.shape = lent->shape.data();
  tensor.strides = nullptr;
  tensor.byte_offset = 0;
  lent->tensor.manager_ctx = lent.get();
  lent->tensor.deleter = giveBack;
  return nb::steal(
      PyCapsule_New(&lent.release()->tensor, "dltensor", closeCapsule));
}

/// Address, element type, shape, whether rows lie one behind the other, device.
nb::tuple describeBorrowed(const nb::ndarray<nb::ro> &array) {
  bool dense = true;
  int64_t expected = 1;
  nb::list shape;
  for (size_t i = array.ndim(); i-- > 0;) {
    int64_t size = static_cast<int64_t>(array.shape(i));
    dense &= size == 1 || array.stride(i) == expected;
    expected *= size;
    shape.insert(0, size);
  }
  return nb::make_tuple(reinterpret_cast<uint64_t>(array.data()),
                        printDType(array.dtype()), nb::tuple(shape), dense,
                        array.device_id());
}

nb::ndarray<nb::numpy> viewOnHost(uint64_t address, const std::string &dtype,
                                  const std::vector<size_t> &shape,
                                  nb::object owner) {
  return nb::ndarray<nb::numpy>(reinterpret_cast<void *>(address), shape.size(),
                                shape.data(), owner, /*strides=*/nullptr,
                                parseDType(dtype));
}

} // namespace

nb::tuple auxact::python::describeShared(DLManagedTensor *tensor) {
  const DLTensor &array = tensor->dl_tensor;
  auto address = reinterpret_cast<uint64_t>(array.data) + array.byte_offset;
  nb::capsule owner(tensor, [](void *held) noexcept {
    auto *tensor = static_cast<DLManagedTensor *>(held);
    tensor->deleter(tensor);
  });
  return nb::make_tuple(address, static_cast<int32_t>(array.device.device_type),
                        array.device.device_id, owner);
}

void auxact::python::defineSharedArrays(nb::module_ &module) {
  module.def("dlpack_capsule", &makeCapsule, nb::arg("address"),
             nb::arg("dtype"), nb::arg("shape"), nb::arg("device_type"),
             nb::arg("device"), nb::arg("owner"),
             "DLPack's capsule over memory that the owner keeps.");
  module.def(
      "describe_array", &describeBorrowed, nb::arg("array"),
      "Address, element type, shape, contiguity and device of an array.");
  module.def("host_view", &viewOnHost, nb::arg("address"), nb::arg("dtype"),
             nb::arg("shape"), nb::arg("owner"),
             "A NumPy array over memory that the owner keeps.");
}
