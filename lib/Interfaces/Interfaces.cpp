//===- Interfaces.cpp - Interface definitions -----------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Interfaces/DifferentiableOpInterface.h"
#include "auxact/Interfaces/IndexOperandsOpInterface.h"
#include "auxact/Interfaces/ModeDependentOpInterface.h"
#include "auxact/Interfaces/ParameterizedLayerOpInterface.h"
#include "auxact/Interfaces/RandomOpInterface.h"
#include "auxact/Interfaces/RuleAttrInterface.h"
#include "auxact/Interfaces/SavedFormAttrInterface.h"

#include "auxact/Interfaces/DifferentiableOpInterface.cpp.inc"
#include "auxact/Interfaces/IndexOperandsOpInterface.cpp.inc"
#include "auxact/Interfaces/ModeDependentOpInterface.cpp.inc"
#include "auxact/Interfaces/ParameterizedLayerOpInterface.cpp.inc"
#include "auxact/Interfaces/RandomOpInterface.cpp.inc"
#include "auxact/Interfaces/RuleAttrInterface.cpp.inc"
#include "auxact/Interfaces/SavedFormAttrInterface.cpp.inc"
