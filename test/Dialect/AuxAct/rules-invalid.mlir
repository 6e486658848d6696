// RUN: aux-opt %s -verify-diagnostics -split-input-file

// An auxiliary of no length.
// expected-error @+1 {{the rule 'sign' expects epsilon > 0, but it is 0}}
#zero = #auxact.sign<epsilon = 0.0>

// -----

// A negative one.
// expected-error @+1 {{the rule 'sign' expects epsilon > 0, but it is -1}}
#negative = #auxact.sign<epsilon = -1.0>

// -----

// Centred bits have a scale of their own.
// expected-error @+1 {{the rule 'sign' expects 'center' to stand alone, without 'nonnegative' or a gain}}
#center = #auxact.sign<center, nonnegative>

// -----

// A scale that does not exist.
// expected-error @+1 {{expected scale to be 'ratio' or 'least_squares', but it is 'best'}}
#scale = #auxact.sign<center, scale = best>

// -----

// A misspelt key.
// expected-error @+1 {{unknown key 'epsilom' of the rule 'sign'; expected epsilon, gain, nonnegative, center or scale}}
#key = #auxact.sign<epsilom = 0.1>

// -----

// A rule that does not exist.
// expected-error @+1 {{unknown attribute `signum` in dialect `auxact`}}
#rule = #auxact.signum
