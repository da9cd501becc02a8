//! Secrets of the operator: each stands in a file of its own, never in a settings file or on the command line.

use std::path::Path;

use kernel::Problem;

use crate::limits::SECRET_CHARS_MIN;

/// The secret in a file, without the white space around it.
///
/// # Errors
/// The file can't be read, or what stands in it is too short to be a secret.
pub fn read(path: &Path) -> Result<String, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::during(&format!("{} is read", path.display()), e))?;
    let secret = text.trim();
    if secret.chars().count() < SECRET_CHARS_MIN {
        return Err(Problem(format!(
            "{}: a secret has at least {SECRET_CHARS_MIN} characters",
            path.display()
        )));
    }
    Ok(secret.to_string())
}
