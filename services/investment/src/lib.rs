//! The services of the chapter 投资便利化 (investment), one folder a reform.

pub mod instant_registration;
pub mod new_taxpayer_package;
pub mod one_window;

use kernel::Service;

/// The services of this chapter that are open.
pub fn services() -> Vec<Service> {
    let mut services = vec![instant_registration::service()];
    services.extend(one_window::services());
    services.extend(new_taxpayer_package::services());
    services
}

/// Their stories, by slug.
pub fn stories() -> Vec<(&'static str, &'static str)> {
    vec![
        ("instant-registration", instant_registration::STORY),
        ("one-window", one_window::STORY),
        ("new-taxpayer-package", new_taxpayer_package::STORY),
    ]
}
