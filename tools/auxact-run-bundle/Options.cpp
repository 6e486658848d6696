//===- Options.cpp - The command line of auxact-run-bundle ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "GlibcVersion.h"

#include <cerrno>
#include <cstdlib>

namespace auxact {

using runtime::Error;
using runtime::Expected;

std::string getHelp() {
  return R"(usage: auxact-run-bundle <bundle> --data <arrays.npz> [options]

Trains from a bundle, on a GPU or on the host. Needs neither LLVM nor Python;
of libraries only glibc, )" +
         findNeededGlibc() + R"( or newer, and for a GPU NVIDIA's driver.

  --data FILE[,FILE…]   arrays by the names of the model's inputs: .npz, or a .npy
                        that is named after its input
  --epochs N            passes over the arrays (1)
  --steps N             so many steps in all, over the arrays again and again
  --lr X                learning rate (0.01)
  --scalar NAME=X       another value that the step needs; seed=N: of the random
                        numbers of dropout (0)
  --first-step N        number of the first step (1): to go on with a saved run
  --target NAME         the target to run, of those in the bundle; unless given,
                        the best for the GPU that is there, else the host's
  --device N            the GPU's index (0, or $AUXACT_CUDA_DEVICE)
  --threads N           threads of a host's run (as planned)
  --log-every N         print the loss of every n-th step
  --check-loss          stop when the loss is not finite
  --profile             print the time of every launch; runs them one by one
  --save FILE           write a bundle with the trained state
  --info                print what the bundle holds, and run nothing
  --version             print versions
)";
}

namespace {
/// The words of the command line, one after another.
class Words {
public:
  explicit Words(const std::vector<std::string> &words) : words(words) {}

  /// Goes to the next word; false at the end.
  bool advance() {
    if (position == words.size())
      return false;
    std::string word = words[position++];
    size_t equals = word.find('=');
    hasOwnValue = word.rfind("--", 0) == 0 && equals != std::string::npos;
    name = word.substr(0, hasOwnValue ? equals : std::string::npos);
    ownValue = hasOwnValue ? word.substr(equals + 1) : "";
    return true;
  }

  const std::string &getName() const { return name; }

  void read(std::string &value) {
    if (hasOwnValue)
      value = ownValue;
    else if (position < words.size())
      value = words[position++];
    else
      fail("needs a value");
  }
  void read(int64_t &value) {
    std::string text;
    read(text);
    char *end = nullptr;
    errno = 0;
    value = std::strtoll(text.c_str(), &end, 10);
    if (!error && (text.empty() || *end || errno || value < 0))
      fail("expected a whole number, not negative, got '" + text + "'");
  }
  void readNumber(const std::string &text, double &value) {
    char *end = nullptr;
    value = std::strtod(text.c_str(), &end);
    if (!error && (text.empty() || *end))
      fail("expected a number, got '" + text + "'");
  }
  void read(double &value) {
    std::string text;
    read(text);
    readNumber(text, value);
  }
  void read(std::vector<std::string> &values) {
    std::string text;
    read(text);
    for (size_t start = 0; start <= text.size();) {
      size_t comma = std::min(text.find(',', start), text.size());
      values.push_back(text.substr(start, comma - start));
      start = comma + 1;
    }
  }
  void read(std::map<std::string, double> &values) {
    std::string text;
    read(text);
    size_t equals = text.find('=');
    if (!error && equals == std::string::npos)
      fail("expected NAME=X, got '" + text + "'");
    else if (!error)
      readNumber(text.substr(equals + 1), values[text.substr(0, equals)]);
  }

  void fail(const std::string &message) {
    if (!error)
      error = Error::failure(name + ": " + message);
  }
  Error error;

private:
  const std::vector<std::string> &words;
  size_t position = 0;
  std::string name, ownValue;
  bool hasOwnValue = false;
};
} // namespace

/// False for a name that is no option with a value.
static bool readOption(Words &words, Options &options) {
  const std::string &name = words.getName();
  if (name == "--data")
    words.read(options.data);
  else if (name == "--epochs")
    words.read(options.epochs);
  else if (name == "--steps")
    words.read(options.steps);
  else if (name == "--lr")
    words.read(options.learningRate);
  else if (name == "--scalar")
    words.read(options.scalars);
  else if (name == "--first-step")
    words.read(options.firstStep);
  else if (name == "--target")
    words.read(options.target);
  else if (name == "--device")
    words.read(options.device);
  else if (name == "--threads")
    words.read(options.threads);
  else if (name == "--log-every")
    words.read(options.logEvery);
  else if (name == "--save")
    words.read(options.save);
  else
    return false;
  return true;
}

static bool readFlag(const std::string &name, Options &options) {
  const std::pair<const char *, bool *> flags[] = {
      {"--check-loss", &options.checkLoss},
      {"--profile", &options.profile},
      {"--info", &options.info},
      {"--help", &options.help},
      {"-h", &options.help},
      {"--version", &options.version}};
  for (auto [flag, value] : flags)
    if (name == flag)
      return *value = true;
  return false;
}

Expected<Options> parseOptions(const std::vector<std::string> &arguments) {
  Options options;
  Words words(arguments);
  while (!words.error && words.advance()) {
    const std::string &name = words.getName();
    if (readOption(words, options) || readFlag(name, options))
      continue;
    if (name.rfind("-", 0) == 0)
      words.fail("no such option; --help lists them");
    else if (!options.bundle.empty())
      words.fail("a second bundle; expected one");
    else
      options.bundle = name;
  }
  if (words.error)
    return std::move(words.error);
  if (options.help || options.version)
    return Expected<Options>(std::move(options));
  if (options.bundle.empty())
    return Error::failure("expected a bundle; --help says how");
  if (options.data.empty() && !options.info)
    return Error::failure("expected arrays (--data)");
  return Expected<Options>(std::move(options));
}

} // namespace auxact
