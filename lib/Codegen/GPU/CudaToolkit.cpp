//===- CudaToolkit.cpp - ptxas and libdevice, found -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/CudaToolkit.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <dlfcn.h>

namespace mlir::auxact {

using llvm::StringRef;
using llvm::Twine;

static llvm::Error failure(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static std::string variable(const char *name) {
  const char *value = ::getenv(name);
  return value ? value : "";
}

/// The site-packages folders of the virtual environment `folder`: one for each
/// Python version it has been used with.
static std::vector<std::string> sitePackagesOf(const Twine &folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(folder + "/lib", error), end;
       entry != end && !error; entry.increment(error)) {
    std::string packages = entry->path() + "/site-packages";
    if (StringRef(llvm::sys::path::filename(entry->path()))
            .starts_with("python") &&
        llvm::sys::fs::is_directory(packages))
      found.push_back(packages);
  }
  std::sort(found.begin(), found.end(), std::greater<>());
  return found;
}

CudaToolkitPlaces CudaToolkitPlaces::ofProcess(StringRef folder) {
  CudaToolkitPlaces places;
  places.folder = folder.str();
  places.cudaHome = variable("CUDA_HOME");
  places.path = variable("PATH");
  if (std::string environment = variable("VIRTUAL_ENV"); !environment.empty())
    places.sitePackages = sitePackagesOf(environment);
  // The installed extension module is <site-packages>/auxact/_auxact….so; that
  // works for an interpreter whose environment nobody activated, too.
  Dl_info own;
  if (::dladdr(reinterpret_cast<void *>(&CudaToolkitPlaces::ofProcess), &own)) {
    StringRef packages = llvm::sys::path::parent_path(
        llvm::sys::path::parent_path(own.dli_fname));
    if (llvm::sys::path::filename(packages) == "site-packages" &&
        !llvm::is_contained(places.sitePackages, packages.str()))
      places.sitePackages.push_back(packages.str());
  }
  places.system = "/usr/local/cuda";
  return places;
}

namespace {
/// Takes the first of each file, and keeps a record of where it looked.
class Search {
public:
  explicit Search(CudaToolkit &found) : found(found) {}

  void inFolder(StringRef name, StringRef folder) {
    record(name);
    takeProgram(folder.str() + "/bin/ptxas");
    takeLibdevice(folder);
  }

  void onPath(StringRef path) {
    record("PATH");
    llvm::SmallVector<StringRef> folders;
    path.split(folders, ':', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    for (StringRef folder : folders) {
      std::string program = folder.str() + "/ptxas";
      if (!llvm::sys::fs::can_execute(program))
        continue;
      takeProgram(program);
      llvm::SmallString<128> real;
      if (llvm::sys::fs::real_path(program, real))
        real = program;
      takeLibdevice(
          llvm::sys::path::parent_path(llvm::sys::path::parent_path(real)));
      return;
    }
  }

  void record(const Twine &place) {
    if (!found.searched.empty())
      found.searched += ", ";
    found.searched += place.str();
  }

private:
  void takeProgram(const std::string &path) {
    if (found.ptxas.empty() && llvm::sys::fs::can_execute(path))
      found.ptxas = path;
  }

  void takeLibdevice(StringRef folder) {
    std::string path = folder.str() + "/nvvm/libdevice/libdevice.10.bc";
    if (found.libdevice.empty() && llvm::sys::fs::exists(path))
      found.libdevice = path;
  }

  CudaToolkit &found;
};
} // namespace

CudaToolkit CudaToolkit::find(StringRef folder) {
  return find(CudaToolkitPlaces::ofProcess(folder));
}

CudaToolkit CudaToolkit::find(const CudaToolkitPlaces &places) {
  CudaToolkit found;
  Search search(found);
  if (!places.folder.empty()) {
    search.inFolder("'" + places.folder + "'", places.folder);
    return found;
  }
  if (places.cudaHome.empty())
    search.record("CUDA_HOME (not set)");
  else
    search.inFolder("CUDA_HOME (" + places.cudaHome + ")", places.cudaHome);
  search.onPath(places.path);
  if (places.sitePackages.empty())
    search.record("the Python environment (none active)");
  for (const std::string &packages : places.sitePackages) {
    // The package's layout since CUDA 13: a folder like an installed toolkit's.
    std::string folder = packages + "/nvidia/cu13";
    search.inFolder(folder, folder);
  }
  search.inFolder(places.system, places.system);
  return found;
}

llvm::Error CudaToolkit::missing(StringRef use, StringRef what) const {
  return failure(
      use + " needs " + what +
      " of the CUDA toolkit, which was not found (looked at: " + searched +
      "); `pip install nvidia-cuda-nvcc` brings it, or set "
      "CUDA_HOME to a toolkit's folder");
}

static std::string readText(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

llvm::Expected<std::string> assemble(StringRef ptx, StringRef chip,
                                     const CudaToolkit &toolkit,
                                     std::string *log) {
  if (toolkit.ptxas.empty())
    return toolkit.missing("making a cubin", "ptxas");
  llvm::SmallString<128> directory;
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("auxact-ptxas", directory))
    return failure("cannot create a temporary directory: " + error.message());
  llvm::scope_exit cleanUp(
      [&] { llvm::sys::fs::remove_directories(directory); });
  std::string input = (directory + "/kernel.ptx").str(),
              output = (directory + "/kernel.cubin").str(),
              messages = (directory + "/messages").str();
  std::error_code error;
  {
    llvm::raw_fd_ostream stream(input, error);
    if (!error) {
      stream << ptx;
      stream.close();
      error = stream.error();
      stream.clear_error();
    }
  }
  if (error)
    return failure("cannot write '" + input + "': " + error.message());

  std::string architecture = "-arch=" + chip.str(), problem;
  int status = llvm::sys::ExecuteAndWait(
      toolkit.ptxas, {toolkit.ptxas, architecture, "-v", input, "-o", output},
      /*Env=*/std::nullopt,
      /*Redirects=*/{StringRef(""), StringRef(messages), StringRef(messages)},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &problem);
  std::string text = readText(messages);
  if (log)
    *log = text;
  if (status != 0)
    return failure("'" + toolkit.ptxas + "' does not assemble the PTX for " +
                   chip + ": " + problem + StringRef(text).trim());
  auto buffer = llvm::MemoryBuffer::getFile(output, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return failure("'" + toolkit.ptxas +
                   "' left no cubin: " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

} // namespace mlir::auxact
