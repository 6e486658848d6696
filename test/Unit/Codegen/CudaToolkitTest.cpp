//===- CudaToolkitTest.cpp - Finding and running ptxas --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/GPU/CudaToolkit.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace mlir::auxact;
using llvm::StringRef;

namespace {

/// A folder with made-up toolkits.
class CudaToolkitTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("auxact-test", root));
    // Nothing of the machine's own: every place is one below `root`.
    places.system = at("system");
  }
  void TearDown() override { llvm::sys::fs::remove_directories(root); }

  std::string at(StringRef name) { return (root + "/" + name).str(); }

  void write(const std::string &path, StringRef text) {
    ASSERT_FALSE(
        llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)));
    std::error_code error;
    llvm::raw_fd_ostream stream(path, error);
    ASSERT_FALSE(error) << error.message();
    stream << text;
  }
  void program(StringRef folder, StringRef script = "exit 0") {
    std::string path = at(folder) + "/ptxas";
    write(path, ("#!/bin/sh\n" + script + "\n").str());
    ASSERT_FALSE(llvm::sys::fs::setPermissions(path, llvm::sys::fs::all_all));
  }
  std::string library(StringRef folder) {
    std::string path = at(folder) + "/nvvm/libdevice/libdevice.10.bc";
    write(path, "BC");
    return path;
  }
  void toolkit(StringRef folder) {
    program((folder + "/bin").str());
    library(folder);
  }

  llvm::SmallString<128> root;
  CudaToolkitPlaces places;
};

TEST_F(CudaToolkitTest, NothingFoundIsOneSentence) {
  CudaToolkit found = CudaToolkit::find(places);
  EXPECT_EQ(found.ptxas, "");
  EXPECT_EQ(found.libdevice, "");
  llvm::Expected<std::string> cubin = assemble("", "sm_90a", found);
  ASSERT_FALSE(cubin);
  EXPECT_EQ(llvm::toString(cubin.takeError()),
            "making a cubin needs ptxas of the CUDA toolkit, which was not "
            "found (looked at: CUDA_HOME (not set), PATH, the Python "
            "environment (none active), " +
                places.system +
                "); `pip install nvidia-cuda-nvcc` brings it, or set CUDA_HOME "
                "to a toolkit's folder");
}

TEST_F(CudaToolkitTest, EarlierPlacesGoBeforeLaterOnes) {
  // From the last place to the first, each one takes over.
  toolkit("system");
  EXPECT_EQ(CudaToolkit::find(places).ptxas, at("system/bin/ptxas"));
  toolkit("site-packages/nvidia/cu13");
  places.sitePackages = {at("site-packages")};
  EXPECT_EQ(CudaToolkit::find(places).ptxas,
            at("site-packages/nvidia/cu13/bin/ptxas"));
  EXPECT_EQ(CudaToolkit::find(places).libdevice,
            at("site-packages/nvidia/cu13/nvvm/libdevice/libdevice.10.bc"));
  toolkit("onpath");
  places.path = at("nowhere") + ":" + at("onpath/bin");
  EXPECT_EQ(CudaToolkit::find(places).ptxas, at("onpath/bin/ptxas"));
  toolkit("home");
  places.cudaHome = at("home");
  EXPECT_EQ(CudaToolkit::find(places).ptxas, at("home/bin/ptxas"));
  toolkit("option");
  places.folder = at("option");
  EXPECT_EQ(CudaToolkit::find(places).ptxas, at("option/bin/ptxas"));
}

TEST_F(CudaToolkitTest, AFolderThatIsAskedForIsTheOnlyOne) {
  toolkit("system");
  places.folder = at("empty");
  CudaToolkit found = CudaToolkit::find(places);
  EXPECT_EQ(found.ptxas, "");
  EXPECT_EQ(found.searched, "'" + at("empty") + "'");
}

TEST_F(CudaToolkitTest, LibdeviceOfAnotherPlaceThanPtxas) {
  // A wrapper script far from the toolkit that it starts.
  program("scripts");
  places.path = at("scripts");
  std::string bitcode = library("system");
  CudaToolkit found = CudaToolkit::find(places);
  EXPECT_EQ(found.ptxas, at("scripts/ptxas"));
  EXPECT_EQ(found.libdevice, bitcode);
}

TEST_F(CudaToolkitTest, LibdeviceBehindALinkOnThePath) {
  toolkit("real");
  ASSERT_FALSE(llvm::sys::fs::create_directories(at("links")));
  ASSERT_FALSE(
      llvm::sys::fs::create_link(at("real/bin/ptxas"), at("links/ptxas")));
  places.path = at("links");
  llvm::SmallString<128> real;
  ASSERT_FALSE(llvm::sys::fs::real_path(at("real"), real));
  EXPECT_EQ(CudaToolkit::find(places).libdevice,
            (real + "/nvvm/libdevice/libdevice.10.bc").str());
}

TEST_F(CudaToolkitTest, WhatPtxasPrintsIsInTheError) {
  program("system/bin", "echo 'ptxas fatal: line 7; unknown symbol'; exit 255");
  std::string log;
  llvm::Expected<std::string> cubin =
      assemble("nonsense", "sm_80", CudaToolkit::find(places), &log);
  ASSERT_FALSE(cubin);
  EXPECT_EQ(llvm::toString(cubin.takeError()),
            "'" + places.system +
                "/bin/ptxas' does not assemble the PTX for sm_80: ptxas fatal: "
                "line 7; unknown symbol");
  EXPECT_EQ(log, "ptxas fatal: line 7; unknown symbol\n");
}

TEST_F(CudaToolkitTest, PtxasThatWritesNothing) {
  program("system/bin");
  llvm::Expected<std::string> cubin =
      assemble("", "sm_80", CudaToolkit::find(places));
  ASSERT_FALSE(cubin);
  EXPECT_NE(llvm::toString(cubin.takeError()).find("left no cubin"),
            std::string::npos);
}

TEST_F(CudaToolkitTest, CubinAndLogOfWhatRan) {
  // Arguments as they are given: -arch=sm_90a -v <in> -o <out>.
  program("system/bin", R"(echo "$1 $2"; cat "$3" > "$5")");
  std::string log;
  llvm::Expected<std::string> cubin =
      assemble("some text", "sm_90a", CudaToolkit::find(places), &log);
  ASSERT_TRUE(bool(cubin)) << llvm::toString(cubin.takeError());
  EXPECT_EQ(*cubin, "some text");
  EXPECT_EQ(log, "-arch=sm_90a -v\n");
}

TEST_F(CudaToolkitTest, TheMachinesOwnAssemblesPtx) {
  CudaToolkit own = CudaToolkit::find("");
  if (own.ptxas.empty())
    GTEST_SKIP() << llvm::toString(own.missing("this test", "ptxas"));
  const char *ptx = R"(.version 8.0
.target sm_80
.address_size 64
.visible .entry nothing() { ret; })";
  for (StringRef chip : {"sm_80", "sm_89", "sm_90a"}) {
    std::string log;
    llvm::Expected<std::string> cubin = assemble(ptx, chip, own, &log);
    ASSERT_TRUE(bool(cubin)) << llvm::toString(cubin.takeError());
    EXPECT_TRUE(StringRef(*cubin).starts_with("\x7f"
                                              "ELF"));
    EXPECT_NE(log.find("registers"), std::string::npos) << log;
  }
  llvm::Expected<std::string> broken = assemble("nonsense", "sm_80", own);
  ASSERT_FALSE(broken);
  EXPECT_NE(llvm::toString(broken.takeError()).find("line 1"),
            std::string::npos);
}

} // namespace
