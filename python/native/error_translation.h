#pragma once

// Errors of Deltaic as Python exceptions. Which class a code becomes is said in one table, in
// deltaic/exceptions.py.

namespace deltaic::python {

/// Makes every `deltaic::Error` that leaves a bound function a Python exception.
void RegisterErrorTranslation();

}  // namespace deltaic::python
