//===- PopulatePatterns.h - Lowering patterns by family ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// One populate function for each family of operations.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CONVERSION_AUXACTTOLINALG_POPULATEPATTERNS_H
#define AUXACT_CONVERSION_AUXACTTOLINALG_POPULATEPATTERNS_H

#include "mlir/Transforms/DialectConversion.h"

namespace mlir::auxact {

/// A tensor in the #auxact.bits encoding becomes its bytes.
void populateEncodedTensorConversions(TypeConverter &converter);

/// relu, gelu, silu, sigmoid, tanh, softmax, add.
void populateActivationToLinalgPatterns(TypeConverter &converter,
                                        RewritePatternSet &patterns);
/// conv2d.
void populateConvolutionToLinalgPatterns(TypeConverter &converter,
                                         RewritePatternSet &patterns);
/// Whether the operation is arithmetic on tensors of a fixed shape, element by
/// element, with one result.
bool isElementwiseOnTensors(Operation *op);

/// arith and math on tensors, which models hold beside their layers.
void populateElementwiseToLinalgPatterns(TypeConverter &converter,
                                         RewritePatternSet &patterns);
/// encode, decode, mask, save.
void populateEncodingToLinalgPatterns(TypeConverter &converter,
                                      RewritePatternSet &patterns);
/// linear.
void populateLinearToLinalgPatterns(TypeConverter &converter,
                                    RewritePatternSet &patterns);
/// linear_cross_entropy, linear_log_sum_exp.
void populateLinearLossToLinalgPatterns(TypeConverter &converter,
                                        RewritePatternSet &patterns);
/// count_labels, cross_entropy, log_sum_exp, mean_squared_error.
void populateLossToLinalgPatterns(TypeConverter &converter,
                                  RewritePatternSet &patterns);
/// linalg.matmul, which models hold beside their layers.
void populateMatmulToLinalgPatterns(TypeConverter &converter,
                                    RewritePatternSet &patterns);
/// batch_norm, group_norm, layer_norm, rms_norm.
void populateNormalizationToLinalgPatterns(TypeConverter &converter,
                                           RewritePatternSet &patterns);
/// max_pool2d, avg_pool2d, global_avg_pool2d.
void populatePoolingToLinalgPatterns(TypeConverter &converter,
                                     RewritePatternSet &patterns);
/// dropout, drop_path.
void populateRandomToLinalgPatterns(TypeConverter &converter,
                                    RewritePatternSet &patterns);
/// transpose, slice, concat.
void populateShapeToLinalgPatterns(TypeConverter &converter,
                                   RewritePatternSet &patterns);
/// embedding.
void populateTokenToLinalgPatterns(TypeConverter &converter,
                                   RewritePatternSet &patterns);
/// reshape.
void populateViewToLinalgPatterns(TypeConverter &converter,
                                  RewritePatternSet &patterns);

} // namespace mlir::auxact

#endif // AUXACT_CONVERSION_AUXACTTOLINALG_POPULATEPATTERNS_H
