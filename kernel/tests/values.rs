//! The value types of the kernel, by properties that an expert would check by hand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod values {
    mod calendar;
    mod dated;
    mod money;
    mod papers;
}
