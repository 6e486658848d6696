// RUN: aux-opt %s -verify-diagnostics -split-input-file

// An auxiliary of no length.
// expected-error @+1 {{the rule 'sign' expects epsilon > 0 in float32, but it is 0}}
#zero = #auxact.sign<epsilon = 0.0>

// -----

// A negative one.
// expected-error @+1 {{the rule 'sign' expects epsilon > 0 in float32, but it is -1}}
#negative = #auxact.sign<epsilon = -1.0>

// -----

// Centred bits have a scale of their own.
// expected-error @+1 {{the rule 'sign' expects 'center' without 'nonnegative'}}
#center = #auxact.sign<center, nonnegative>

// -----

// A length given beside them.
// expected-error @+1 {{the rule 'sign' expects 'center' without 'epsilon'}}
#length = #auxact.sign<center, epsilon = 0.5>

// -----

// A scale without them.
// expected-error @+1 {{the rule 'sign' expects 'scale' only beside 'center'}}
#alone = #auxact.sign<scale = least_squares>

// -----

// A key that stands twice.
// expected-error @+1 {{key 'gain' of the rule 'sign' stands twice}}
#twice = #auxact.sign<gain = 1.0, gain = 2.0>

// -----

// So short that it is nothing in float32.
// expected-error @+1 {{the rule 'sign' expects epsilon > 0 in float32, but it is}}
#short = #auxact.sign<epsilon = 1.0e-50>

// -----

// A gain that turns the gradient around.
// expected-error @+1 {{the rule 'sign' expects a finite gain > 0, but it is -1}}
#gain = #auxact.sign<gain = -1.0>

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
