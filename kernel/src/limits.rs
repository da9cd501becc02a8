//! The caps that the kernel's own types keep, with their units.

/// Longest single text that a form field takes, in characters, unless the field says less.
pub const TEXT_CHARS_MAX: u32 = 2_000;
/// Events that one decision may give.
pub const EVENTS_PER_DECISION_MAX: usize = 64;
/// Faults that one answer lists.
pub const FAULTS_MAX: usize = 50;
