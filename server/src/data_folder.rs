//! Where the program's own data is: the zone packs, the words of the names engine, the portal's pages.

use std::path::{Path, PathBuf};

/// Finds a folder that the program brings with it: beside the executable, in the working folder, or where it was built.
pub fn find(explicit: Option<&Path>, name: &str) -> Option<PathBuf> {
    if let Some(path) = explicit {
        return path.is_dir().then(|| path.to_path_buf());
    }
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf));
    let share = beside.as_ref().map(|folder| folder.join("../share/qianhai").join(name));
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|root| root.join(name));
    let candidates = [beside.map(|folder| folder.join(name)), share, Some(PathBuf::from(name)), built];
    candidates.into_iter().flatten().find(|path| path.is_dir())
}
