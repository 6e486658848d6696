//===- Cubin.cpp - What a cubin says of its kernels -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Cubin.h"

#include "llvm/Object/ELF.h"
#include "llvm/Support/Endian.h"

using llvm::StringRef;

namespace mlir::auxact::gate {

using File = llvm::object::ELF64LEFile;

static llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// Attributes of `.nv.info` that hold a pair (symbol, value).
constexpr uint8_t registerCount = 0x2f, frameSize = 0x11;

/// Calls `use(attribute, symbol, value)` for each such pair.
template <typename Use>
static void forEachAttribute(llvm::ArrayRef<uint8_t> section, Use use) {
  using llvm::support::endian::read16le;
  using llvm::support::endian::read32le;
  for (size_t at = 0; at + 4 <= section.size();) {
    uint8_t format = section[at], attribute = section[at + 1];
    size_t size = read16le(&section[at + 2]);
    at += 4;
    // Only format 4 is followed by a value; others hold it in `size`.
    if (format != 4)
      continue;
    if (size == 8 && at + 8 <= section.size())
      use(attribute, read32le(&section[at]), read32le(&section[at + 4]));
    at += size;
  }
}

llvm::Expected<Cubin> readCubin(StringRef bytes) {
  llvm::Expected<File> file = File::create(bytes);
  if (!file)
    return file.takeError();
  auto sections = file->sections();
  if (!sections)
    return sections.takeError();

  Cubin cubin;
  cubin.chip = (file->getHeader().e_flags >> 8) & 0xff;
  const File::Elf_Shdr *symbols = nullptr;
  llvm::ArrayRef<uint8_t> attributes;
  for (const File::Elf_Shdr &section : *sections) {
    llvm::Expected<StringRef> name = file->getSectionName(section);
    if (!name)
      return name.takeError();
    if (section.sh_type == llvm::ELF::SHT_SYMTAB)
      symbols = &section;
    bool code = name->starts_with(".text.");
    if (!code && *name != ".nv.info")
      continue;
    auto contents = file->getSectionContents(section);
    if (!contents)
      return contents.takeError();
    if (!code) {
      attributes = *contents;
      continue;
    }
    CubinKernel kernel;
    kernel.name = name->substr(6).str();
    for (size_t at = 0; at + 16 <= contents->size(); at += 16)
      kernel.code.push_back(
          {llvm::support::endian::read64le(contents->data() + at),
           llvm::support::endian::read64le(contents->data() + at + 8)});
    cubin.kernels.push_back(std::move(kernel));
  }
  if (!symbols || cubin.kernels.empty())
    return failure("the file holds no kernel");

  auto strings = file->getStringTableForSymtab(*symbols);
  if (!strings)
    return strings.takeError();
  auto table = file->symbols(symbols);
  if (!table)
    return table.takeError();
  forEachAttribute(
      attributes, [&](uint8_t attribute, uint32_t symbol, uint32_t value) {
        if (symbol >= table->size())
          return;
        llvm::Expected<StringRef> name = (*table)[symbol].getName(*strings);
        if (!name) {
          llvm::consumeError(name.takeError());
          return;
        }
        for (CubinKernel &kernel : cubin.kernels) {
          if (kernel.name != *name)
            continue;
          if (attribute == registerCount)
            kernel.registers = value;
          if (attribute == frameSize)
            kernel.stackBytes = value;
        }
      });
  for (const CubinKernel &kernel : cubin.kernels)
    if (kernel.registers == 0)
      return failure("the cubin does not say how many registers '" +
                     kernel.name + "' uses");
  return cubin;
}

/// The number in front of the first `what` in `text`; 0 without one.
static int64_t numberBefore(StringRef text, StringRef what) {
  size_t at = text.find(what);
  if (at == StringRef::npos)
    return 0;
  StringRef digits = text.substr(0, at).rtrim();
  digits = digits.substr(digits.find_last_not_of("0123456789") + 1);
  int64_t number = 0;
  return digits.getAsInteger(10, number) ? 0 : number;
}

llvm::Expected<AssemblerReport> readLog(StringRef log, StringRef kernel) {
  size_t at = log.find(("Compiling entry function '" + kernel + "'").str());
  if (at == StringRef::npos)
    return failure("ptxas's log says nothing of '" + kernel + "'");
  StringRef part = log.substr(at);
  part = part.substr(0, part.find("Compiling entry function", 1));
  AssemblerReport report;
  report.registers = numberBefore(part, "registers");
  report.spillStores = numberBefore(part, "bytes spill stores");
  report.spillLoads = numberBefore(part, "bytes spill loads");
  report.sharedBytes = numberBefore(part, "bytes smem");
  llvm::SmallVector<StringRef> lines;
  log.split(lines, '\n');
  for (StringRef line : lines)
    if (line.contains("(C75"))
      report.remarks.push_back(line.trim().str());
  return report;
}

} // namespace mlir::auxact::gate
