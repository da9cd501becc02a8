//! Values that hold on some days.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use kernel::dated::{Dated, DatedError, DatedValue, NoValueOn};
use proptest::prelude::*;

fn value(value: u32, from: Date, to: Option<Date>) -> DatedValue<u32> {
    DatedValue {
        value,
        valid_from: from,
        valid_to: to,
        source: "notice".into(),
    }
}

/// Values in order with gaps and lengths drawn; the last may stay open.
fn values() -> impl Strategy<Value = Vec<DatedValue<u32>>> {
    (prop::collection::vec((0..40_i32, 0..400_i32), 1..8), any::<bool>()).prop_map(|(stretches, open)| {
        let mut next = date(2020, 1, 1);
        let mut values = Vec::new();
        for (i, (gap, length)) in (0..).zip(stretches) {
            let from = next + gap.days();
            let to = from + length.days();
            values.push(value(i, from, Some(to)));
            next = to.tomorrow().unwrap();
        }
        if open {
            values.last_mut().unwrap().valid_to = None;
        }
        values
    })
}

#[test]
fn a_list_that_is_no_history_is_refused() {
    let (a, b) = (date(2020, 1, 1), date(2021, 1, 1));
    assert_eq!(Dated::<u32>::try_new(vec![]), Err(DatedError::Empty));
    assert_eq!(Dated::try_new(vec![value(1, b, Some(a))]), Err(DatedError::Backwards(b)));
    assert_eq!(
        Dated::try_new(vec![value(1, b, None), value(2, a, None)]),
        Err(DatedError::OutOfOrder(a))
    );
    assert_eq!(
        Dated::try_new(vec![value(1, a, None), value(2, b, None)]),
        Err(DatedError::Overlap(b))
    );
    assert_eq!(
        Dated::try_new(vec![value(1, a, Some(b)), value(2, b, None)]),
        Err(DatedError::Overlap(b))
    );
    assert_eq!(
        Dated::try_new(vec![DatedValue {
            source: " ".into(),
            ..value(1, a, None)
        }]),
        Err(DatedError::NoSource(a))
    );
}

#[test]
fn both_ends_of_a_value_hold() {
    let json = r#"[{ "value": "0.03", "valid_from": "2020-03-01", "valid_to": "2020-12-31", "source": "notice" }]"#;
    let rate: Dated<rust_decimal::Decimal> = serde_json::from_str(json).unwrap();
    assert!(rate.on(date(2020, 3, 1)).is_ok() && rate.on(date(2020, 12, 31)).is_ok());
    assert_eq!(rate.on(date(2020, 2, 29)), Err(NoValueOn(date(2020, 2, 29))));
    assert_eq!(rate.on(date(2021, 1, 1)), Err(NoValueOn(date(2021, 1, 1))));
    assert!(serde_json::from_str::<Dated<u32>>("[]").is_err());
}

proptest! {
    #[test]
    fn the_value_of_a_day_is_the_one_whose_days_it_lies_in(values in values(), days in -50..4_000_i32) {
        let day = date(2020, 1, 1) + days.days();
        let dated = Dated::try_new(values.clone()).unwrap();
        let found = values.iter().find(|v| v.valid_from <= day && v.valid_to.is_none_or(|to| day <= to));
        prop_assert_eq!(dated.on(day).ok(), found);
        let json = serde_json::to_string(&dated).unwrap();
        prop_assert_eq!(serde_json::from_str::<Dated<u32>>(&json).unwrap(), dated);
    }

    #[test]
    fn two_values_on_one_day_are_refused(values in values(), which in any::<prop::sample::Index>()) {
        prop_assume!(values.len() > 1);
        let mut values = values;
        let i = which.index(values.len() - 1);
        let next = values[i + 1].valid_from;
        values[i].valid_to = Some(next);
        prop_assert_eq!(Dated::try_new(values), Err(DatedError::Overlap(next)));
    }
}
