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

#include "LittleEndian.h"

#include <algorithm>

#include <zlib.h>

namespace auxact {

using runtime::Error;
using runtime::Expected;

namespace {

constexpr size_t endRecordBytes = 22, directoryEntryBytes = 46,
                 localHeaderBytes = 30;
constexpr uint32_t in64BitField = 0xFFFFFFFF;

/// Where one member lies in the archive.
struct DirectoryEntry {
  std::string_view name;
  uint16_t method;
  uint32_t checksum;
  uint64_t storedBytes, bytes, headerOffset;
};

} // namespace

static Error damaged(const std::string &what) {
  return Error::failure("damaged archive: " + what);
}

/// The sizes of a large member are in an extra field, in the order of those
/// that did not fit.
static void read64BitFields(std::string_view extra, DirectoryEntry &entry) {
  while (extra.size() >= 4) {
    uint16_t id = read16(extra.data()), size = read16(extra.data() + 2);
    std::string_view field = extra.substr(4, size);
    extra.remove_prefix(std::min<size_t>(extra.size(), 4 + size));
    if (id != 1)
      continue;
    for (uint64_t *value :
         {&entry.bytes, &entry.storedBytes, &entry.headerOffset})
      if (*value == in64BitField && field.size() >= 8) {
        *value = read64(field.data());
        field.remove_prefix(8);
      }
  }
}

static Expected<std::vector<DirectoryEntry>>
readDirectory(std::string_view archive) {
  size_t end = archive.rfind(std::string_view("PK\5\6", 4));
  if (end == std::string_view::npos || archive.size() - end < endRecordBytes)
    return damaged("no directory at its end; is it whole, and a .npz file?");
  size_t count = read16(archive.data() + end + 10);
  size_t position = read32(archive.data() + end + 16);
  std::vector<DirectoryEntry> entries;
  for (size_t i = 0; i < count; ++i) {
    if (position > end || end - position < directoryEntryBytes)
      return damaged("its directory is cut short");
    const char *data = archive.data() + position;
    if (read32(data) != 0x02014b50)
      return damaged("its directory is not where it should be");
    size_t nameBytes = read16(data + 28), extraBytes = read16(data + 30),
           commentBytes = read16(data + 32);
    if (end - position - directoryEntryBytes <
        nameBytes + extraBytes + commentBytes)
      return damaged("its directory is cut short");
    DirectoryEntry entry{
        std::string_view(data + directoryEntryBytes, nameBytes),
        read16(data + 10),
        read32(data + 16),
        read32(data + 20),
        read32(data + 24),
        read32(data + 42)};
    read64BitFields(
        std::string_view(data + directoryEntryBytes + nameBytes, extraBytes),
        entry);
    entries.push_back(entry);
    position += directoryEntryBytes + nameBytes + extraBytes + commentBytes;
  }
  return Expected<std::vector<DirectoryEntry>>(std::move(entries));
}

/// zlib counts in 32 bits: feed it in pieces.
static bool inflateRaw(std::string_view stored, std::string &bytes) {
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

static Expected<ZipMember> readMember(std::string_view archive,
                                      const DirectoryEntry &entry) {
  ZipMember member{std::string(entry.name), ""};
  if (entry.headerOffset > archive.size() ||
      archive.size() - entry.headerOffset < localHeaderBytes)
    return damaged("'" + member.name + "' lies outside of it");
  const char *header = archive.data() + entry.headerOffset;
  // Name and extra field can differ from those of the directory.
  uint64_t start = entry.headerOffset + localHeaderBytes + read16(header + 26) +
                   read16(header + 28);
  if (start > archive.size() || archive.size() - start < entry.storedBytes)
    return damaged("'" + member.name + "' is cut short");
  std::string_view stored = archive.substr(start, entry.storedBytes);
  constexpr uint16_t methodStored = 0, methodDeflated = 8;
  // No deflated stream grows more than this: do not trust a size with memory.
  constexpr uint64_t greatestGrowth = 1032;
  if (entry.method == methodStored) {
    if (entry.bytes != entry.storedBytes)
      return damaged("'" + member.name + "' has two sizes");
    member.bytes = stored;
  } else if (entry.method == methodDeflated) {
    if (entry.bytes / greatestGrowth > entry.storedBytes)
      return damaged("'" + member.name + "' has an impossible size");
    member.bytes.resize(entry.bytes);
    if (!inflateRaw(stored, member.bytes))
      return damaged("'" + member.name + "' cannot be decompressed");
  } else {
    return Error::failure("'" + member.name + "' is compressed by method " +
                          std::to_string(entry.method) +
                          "; expected stored or deflated");
  }
  if (crc32_z(0, reinterpret_cast<const Bytef *>(member.bytes.data()),
              member.bytes.size()) != entry.checksum)
    return damaged("'" + member.name + "' has a wrong checksum");
  return Expected<ZipMember>(std::move(member));
}

Expected<std::vector<ZipMember>> readZip(std::string_view archive) {
  Expected<std::vector<DirectoryEntry>> directory = readDirectory(archive);
  if (!directory)
    return directory.takeError();
  std::vector<ZipMember> members;
  for (const DirectoryEntry &entry : *directory) {
    Expected<ZipMember> member = readMember(archive, entry);
    if (!member)
      return member.takeError();
    members.push_back(std::move(*member));
  }
  return Expected<std::vector<ZipMember>>(std::move(members));
}

} // namespace auxact
