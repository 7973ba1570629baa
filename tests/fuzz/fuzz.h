#pragma once

// What a fuzz target is made of. Each file of targets/ defines `Run`; entry.cc calls it.

#include <string_view>

namespace deltaic::fuzz {

/// Reads one hostile input, and throws `Error` where it is refused. Whatever else goes wrong is a
/// finding: another exception, an error that blames Deltaic, a message that is no text.
void Run(std::string_view input);

/// Ends the process, with a finding, unless a property holds.
void Expect(bool holds, std::string_view property);

/// Takes the first line off `input`, without its line end.
std::string_view TakeLine(std::string_view& input);

/// Takes the first byte off `input` as a choice among `count`; 0 where there is none.
unsigned TakeChoice(std::string_view& input, unsigned count);

}  // namespace deltaic::fuzz
