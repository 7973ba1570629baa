#pragma once

// Texts that reach a person or another language: whatever they quote, they are UTF-8 and steer no
// terminal. Pure functions.

#include <string>

namespace deltaic {

/// The text with U+FFFD in place of each byte that is not UTF-8 and of each control character but
/// line end and tab.
std::string PrintableText(std::string text);

}  // namespace deltaic
