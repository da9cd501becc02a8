//! The services of the chapter 投资便利化 (investment), one folder a reform.

pub mod instant_registration;

use kernel::Service;

/// The services of this chapter that are open.
pub fn services() -> Vec<Service> {
    vec![instant_registration::service()]
}

/// Their stories, by slug.
pub fn stories() -> Vec<(&'static str, &'static str)> {
    vec![("instant-registration", instant_registration::STORY)]
}
