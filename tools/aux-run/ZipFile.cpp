//===- ZipFile.cpp - Members of a .npz file -------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Reads zip archives as numpy.savez and numpy.savez_compressed write them.
//
//===----------------------------------------------------------------------===//

#include "ZipFile.h"

#include "llvm/Support/Endian.h"

#include <zlib.h>

using namespace mlir::auxact;
using llvm::StringRef;
using namespace llvm::support::endian;

namespace {

constexpr size_t endRecordBytes = 22, directoryEntryBytes = 46,
                 localHeaderBytes = 30;
constexpr uint32_t in64BitField = 0xFFFFFFFF;

/// Where one member lies in the archive.
struct DirectoryEntry {
  StringRef name;
  uint16_t method;
  uint32_t checksum;
  uint64_t storedBytes, bytes, headerOffset;
};

} // namespace

static llvm::Error damaged(const llvm::Twine &what) {
  return llvm::createStringError("damaged archive: " + what);
}

/// The sizes of a large member are in an extra field, in the order of those
/// that did not fit.
static void read64BitFields(StringRef extra, DirectoryEntry &entry) {
  while (extra.size() >= 4) {
    uint16_t id = read16le(extra.data()), size = read16le(extra.data() + 2);
    StringRef field = extra.substr(4, size);
    extra = extra.drop_front(std::min<size_t>(extra.size(), 4 + size));
    if (id != 1)
      continue;
    for (uint64_t *value :
         {&entry.bytes, &entry.storedBytes, &entry.headerOffset})
      if (*value == in64BitField && field.size() >= 8) {
        *value = read64le(field.data());
        field = field.drop_front(8);
      }
  }
}

static llvm::Expected<std::vector<DirectoryEntry>>
readDirectory(StringRef archive) {
  size_t end = archive.rfind(StringRef("PK\5\6", 4));
  if (end == StringRef::npos || archive.size() - end < endRecordBytes)
    return damaged("no directory at its end; is it whole, and a .npz file?");
  size_t count = read16le(archive.data() + end + 10);
  size_t position = read32le(archive.data() + end + 16);
  std::vector<DirectoryEntry> entries;
  for (size_t i = 0; i < count; ++i) {
    if (position > end || end - position < directoryEntryBytes)
      return damaged("its directory is cut short");
    const char *data = archive.data() + position;
    if (read32le(data) != 0x02014b50)
      return damaged("its directory is not where it should be");
    size_t nameBytes = read16le(data + 28), extraBytes = read16le(data + 30),
           commentBytes = read16le(data + 32);
    if (end - position - directoryEntryBytes <
        nameBytes + extraBytes + commentBytes)
      return damaged("its directory is cut short");
    DirectoryEntry entry{StringRef(data + directoryEntryBytes, nameBytes),
                         read16le(data + 10),
                         read32le(data + 16),
                         read32le(data + 20),
                         read32le(data + 24),
                         read32le(data + 42)};
    read64BitFields(
        StringRef(data + directoryEntryBytes + nameBytes, extraBytes), entry);
    entries.push_back(entry);
    position += directoryEntryBytes + nameBytes + extraBytes + commentBytes;
  }
  return entries;
}

/// zlib counts in 32 bits: feed it in pieces.
static bool inflateRaw(StringRef stored, std::string &bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return false;
  constexpr size_t piece = size_t(1) << 30;
  size_t in = 0, out = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    size_t given = std::min(piece, stored.size() - in);
    size_t room = std::min(piece, bytes.size() - out);
    stream.next_in =
        reinterpret_cast<Bytef *>(const_cast<char *>(stored.data() + in));
    stream.avail_in = given;
    stream.next_out = reinterpret_cast<Bytef *>(bytes.data() + out);
    stream.avail_out = room;
    status = inflate(&stream, Z_NO_FLUSH);
    in += given - stream.avail_in;
    out += room - stream.avail_out;
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && out == bytes.size();
}

static llvm::Expected<ZipMember> readMember(StringRef archive,
                                            const DirectoryEntry &entry) {
  ZipMember member{entry.name.str(), ""};
  if (entry.headerOffset > archive.size() ||
      archive.size() - entry.headerOffset < localHeaderBytes)
    return damaged("'" + entry.name + "' lies outside of it");
  const char *header = archive.data() + entry.headerOffset;
  // Name and extra field can differ from those of the directory.
  uint64_t start = entry.headerOffset + localHeaderBytes +
                   read16le(header + 26) + read16le(header + 28);
  if (start > archive.size() || archive.size() - start < entry.storedBytes)
    return damaged("'" + entry.name + "' is cut short");
  StringRef stored = archive.substr(start, entry.storedBytes);
  constexpr uint16_t methodStored = 0, methodDeflated = 8;
  // No deflated stream grows more than this: do not trust a size with memory.
  constexpr uint64_t greatestGrowth = 1032;
  if (entry.method == methodStored) {
    if (entry.bytes != entry.storedBytes)
      return damaged("'" + entry.name + "' has two sizes");
    member.bytes = stored.str();
  } else if (entry.method == methodDeflated) {
    if (entry.bytes / greatestGrowth > entry.storedBytes)
      return damaged("'" + entry.name + "' has an impossible size");
    member.bytes.resize(entry.bytes);
    if (!inflateRaw(stored, member.bytes))
      return damaged("'" + entry.name + "' cannot be decompressed");
  } else {
    return llvm::createStringError(
        "'" + entry.name.str() + "' is compressed by method " +
        std::to_string(entry.method) + "; expected stored or deflated");
  }
  if (crc32_z(0, reinterpret_cast<const Bytef *>(member.bytes.data()),
              member.bytes.size()) != entry.checksum)
    return damaged("'" + entry.name + "' has a wrong checksum");
  return member;
}

llvm::Expected<std::vector<ZipMember>>
mlir::auxact::readZip(StringRef archive) {
  llvm::Expected<std::vector<DirectoryEntry>> directory =
      readDirectory(archive);
  if (!directory)
    return directory.takeError();
  std::vector<ZipMember> members;
  for (const DirectoryEntry &entry : *directory) {
    llvm::Expected<ZipMember> member = readMember(archive, entry);
    if (!member)
      return member.takeError();
    members.push_back(std::move(*member));
  }
  return members;
}
