//===- Matrix.cpp - ldmatrix and mma.sync ---------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Where the elements of a matrix lie in the lanes' registers is after the PTX
// ISA, "Matrix multiply-accumulate operation using mma instruction" and
// "ldmatrix". With g = lane / 4 and t = lane % 4, a lane's accumulators are the
// elements (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).
//
//===----------------------------------------------------------------------===//

#include "Access.h"
#include "Block.h"
#include "EntryPoints.h"

#include <cmath>
#include <cstring>

using namespace auxact::simt;

static float asFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

static float fromBFloat(uint16_t bits) { return asFloat(uint32_t(bits) << 16); }

static float fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  float value = exponent == 31 ? (mantissa ? NAN : INFINITY)
                : exponent ? std::ldexp(float(mantissa | 1024), exponent - 25)
                           : std::ldexp(float(mantissa), -24);
  return bits & 0x8000 ? -value : value;
}

// Matrix instructions read 10 bits of a tf32 operand's mantissa and ignore the
// rest of the register.
static float fromTensorFloat(uint32_t bits) {
  return asFloat(bits & 0xFFFFE000);
}

namespace {
// The operands of a warp's m16n8kX.
struct Tile {
  static constexpr int maxDepth = 16;
  int depth;
  float a[16][maxDepth], b[8][maxDepth];

  Tile(const Warp::Operation &operation, MatrixType type, int depth)
      : depth(depth) {
    bool narrow = type != MatrixType::TensorFloat32;
    // Registers of A hold eight rows each, those of B all eight columns, and
    // both so many steps of depth.
    int step = narrow ? 8 : 4;
    for (unsigned lane = 0; lane < Warp::size; ++lane) {
      const uint32_t *in = operation.lanes[lane].in;
      int g = lane / 4, t = lane % 4;
      for (int k = 0; k < depth / step; ++k) {
        put(a[g], in[2 * k], type, t, k * step);
        put(a[g + 8], in[2 * k + 1], type, t, k * step);
        put(b[g], in[4 + k], type, t, k * step);
      }
    }
  }

  float dot(int row, int column, float sum) const {
    for (int k = 0; k < depth; ++k)
      sum += a[row][k] * b[column][k];
    return sum;
  }

private:
  static void put(float *row, uint32_t bits, MatrixType type, int t, int k) {
    switch (type) {
    case MatrixType::BFloat16:
      row[k + 2 * t] = fromBFloat(bits);
      row[k + 2 * t + 1] = fromBFloat(bits >> 16);
      break;
    case MatrixType::Half:
      row[k + 2 * t] = fromHalf(bits);
      row[k + 2 * t + 1] = fromHalf(bits >> 16);
      break;
    case MatrixType::TensorFloat32:
      row[k + t] = fromTensorFloat(bits);
      break;
    }
  }
};
} // namespace

// `in` is four registers of A, two of B, four accumulators; those that a
// shallower instruction lacks are left out of use.
void auxact::simt::auxactSimtMultiply(const Site *site, uint32_t type,
                                      uint32_t depth, const uint32_t *in,
                                      float *out) {
  Block::running().warp().together(
      site, Warp::allLanes,
      [=](Warp::Slot &slot) { std::memcpy(slot.in, in, sizeof(slot.in)); },
      [=](Warp::Operation &operation) {
        Tile tile(operation, MatrixType(type), depth);
        for (unsigned lane = 0; lane < Warp::size; ++lane) {
          Warp::Slot &slot = operation.lanes[lane];
          for (int i = 0; i < 4; ++i) {
            int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
            float sum = tile.dot(row, column, asFloat(slot.in[6 + i]));
            std::memcpy(&slot.out[i], &sum, 4);
          }
        }
      },
      [=](Warp::Slot &slot) { std::memcpy(out, slot.out, sizeof(slot.out)); });
}

// Lane 8 i + r brings the address of row r of matrix i, eight elements of 16
// bits. Register i of lane l gets elements 2 (l % 4) and 2 (l % 4) + 1 of row
// l / 4 of matrix i; transposed, of column l / 4.
void auxact::simt::auxactSimtLoadMatrices(const Site *site, char *row,
                                          uint32_t count, uint32_t transposed,
                                          uint32_t *out) {
  if (Block::running().self().lane() < 8 * count)
    checkMatrixRow(*site, row);
  Block::running().warp().together(
      site, Warp::allLanes, [=](Warp::Slot &slot) { slot.address = row; },
      [=](Warp::Operation &operation) {
        for (unsigned lane = 0; lane < Warp::size; ++lane) {
          int major = lane / 4, minor = 2 * (lane % 4);
          for (unsigned i = 0; i < count; ++i) {
            uint16_t element[2];
            for (int h = 0; h < 2; ++h) {
              int r = transposed ? minor + h : major;
              int c = transposed ? major : minor + h;
              std::memcpy(&element[h],
                          operation.lanes[8 * i + r].address + 2 * c, 2);
            }
            operation.lanes[lane].out[i] = element[0] | uint32_t(element[1])
                                                            << 16;
          }
        }
      },
      [=](Warp::Slot &slot) { std::memcpy(out, slot.out, 4 * count); });
}
