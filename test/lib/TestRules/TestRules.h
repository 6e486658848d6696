//===- TestRules.h - A learning rule that only tests know -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A dialect of its own with one rule: what it takes to add one.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_TESTRULES_TESTRULES_H
#define AUXACT_TEST_LIB_TESTRULES_TESTRULES_H

#include "auxact/Interfaces/RuleAttrInterface.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"

#include "TestRulesDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "TestRulesAttributes.h.inc"

#endif // AUXACT_TEST_LIB_TESTRULES_TESTRULES_H
