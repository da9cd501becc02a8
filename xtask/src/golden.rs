//! Golden files of a service that has none: its story is played, and what it stored is kept as examples.

use std::path::Path;

use crate::{Faults, qianhai, tracked};

/// Plays each story into a store of its own and takes the examples that are missing.
pub fn from_stories(root: &Path) -> Faults {
    let stories = tracked(root)
        .into_iter()
        .filter(|file| file.starts_with("services/") && file.ends_with("/story.json"));
    stories
        .filter_map(|file| from_story(root, &file).err().map(|why| format!("{file}: {why}")))
        .collect()
}

fn from_story(root: &Path, file: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(root.join(file)).map_err(|e| e.to_string())?;
    let story: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let slug = story["service"].as_str().ok_or("it names no service")?;
    let store = std::env::temp_dir().join(format!("qianhai-golden-{}-{slug}", std::process::id()));
    let kept = store.display().to_string();
    let taken = qianhai(root, &["story", slug, "--keep", &kept]).and_then(|_| qianhai(root, &["--store", &kept, "golden", "tests/golden"]));
    // It lies in the folder for temporary files; one that can't be removed does no harm.
    _ = std::fs::remove_dir_all(&store);
    print!("{}", String::from_utf8_lossy(&taken?));
    Ok(())
}
