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
// expected-error @+1 {{unknown key 'epsilom' of the rule 'sign'; expected epsilon, gain, nonnegative, center, scale or rotate}}
#key = #auxact.sign<epsilom = 0.1>

// -----

// A rule that does not exist.
// expected-error @+1 {{unknown attribute `signum` in dialect `auxact`}}
#rule = #auxact.signum

// -----

// A rotation of what is not centered.
// expected-error @+1 {{the rule 'sign' expects 'rotate' only beside 'center'}}
#rotated = #auxact.sign<rotate = 16>

// -----

// A block of another size.
// expected-error @+1 {{the rule 'sign' expects rotate to be 16 or 32, but it is 8}}
#block = #auxact.sign<center, rotate = 8>

// -----

// A rotated row has its own scale.
// expected-error @+1 {{the rule 'sign' expects 'rotate' without 'scale': each row has its own}}
#scaled = #auxact.sign<center, rotate = 16, scale = ratio>

// -----

// A number of bits that nothing packs.
// expected-error @+1 {{the rule 'quantized' expects 2, 4 or 8 bits, but it has 3}}
#bits = #auxact.quantized<3>

// -----

// An empty group.
// expected-error @+1 {{the rule 'average' expects a group of 1 element or more, but it is 0}}
#group = #auxact.average<4, group = 0>

// -----

// Four levels of a Gaussian take two bits.
// expected-error @+1 {{the rule 'quantized' expects 'rotate' with 2 bits and no other key}}
#levels = #auxact.quantized<4, rotate = 16>

// -----

// A misspelt key.
// expected-error @+1 {{unknown key 'groups'; expected group, stochastic or rotate}}
#groups = #auxact.quantized<4, groups = 16>

// -----

// Averages are rounded to the nearest.
// expected-error @+1 {{unknown key 'stochastic'; expected group}}
#stochastic = #auxact.average<4, stochastic>

// -----

// A table of so many levels is no table.
// expected-error @+1 {{the form 'derivative_table' expects 1, 2 or 4 bits, but it has 8}}
#table = #auxact.derivative_table<8>

// -----

// A key that residual does not have.
// expected-error @+1 {{unknown key 'fitted' of the rule 'residual'; expected from or fit}}
#fit = #auxact.residual<fitted>
