//! Matters of the house itself: no reforms of their own, but what all of them stand on, one folder each.

pub mod delegation;

use kernel::Service;

/// The matters of the house that are open.
pub fn services() -> Vec<Service> {
    vec![delegation::service()]
}

/// Their stories, by slug.
pub fn stories() -> Vec<(&'static str, &'static str)> {
    vec![(delegation::SLUG, delegation::STORY)]
}
