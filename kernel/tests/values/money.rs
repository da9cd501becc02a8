//! Money: sums that add up, one rounding, capitals that read back.

use kernel::money::{Currency, Fen, MINOR_UNITS_MAX, Money, MoneyError, Rounding};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn fen() -> impl Strategy<Value = Fen> {
    // Every size of amount is as likely as every other.
    let size = (0..16_u32).prop_flat_map(|digits| 0..=10_i64.pow(digits).min(MINOR_UNITS_MAX));
    (size, any::<bool>()).prop_map(|(size, debt)| Fen::try_new(if debt { -size } else { size }).unwrap())
}

fn rate() -> impl Strategy<Value = Decimal> {
    (0..1_i128 << 96, 0..=28_u32, any::<bool>())
        .prop_map(|(mantissa, scale, minus)| Decimal::from_i128_with_scale(if minus { -mantissa } else { mantissa }, scale))
}

/// Long multiplication as in school; most significant digit first.
fn product(a: u128, b: u128) -> Vec<u8> {
    let digits = |n: u128| n.to_string().bytes().rev().map(|d| u32::from(d - b'0')).collect::<Vec<_>>();
    let (a, b) = (digits(a), digits(b));
    let mut columns = vec![0_u32; a.len() + b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            columns[i + j] += x * y;
        }
    }
    for i in 1..columns.len() {
        columns[i] += columns[i - 1] / 10;
        columns[i - 1] %= 10;
    }
    columns.into_iter().rev().map(|d| u8::try_from(d).unwrap()).collect()
}

/// Reads capitals back to 分; knows digits and places and nothing of the rules for 零 and 整.
fn read_capitals(text: &str) -> i64 {
    let (mut total, mut section, mut digit, mut fen) = (0_i64, 0, 0, 0);
    for c in text.chars() {
        match c {
            '拾' | '佰' | '仟' => {
                section += std::mem::take(&mut digit) * 10_i64.pow("拾佰仟".chars().position(|p| p == c).unwrap() as u32 + 1)
            }
            '万' => {
                // 万 in front of 亿 multiplies only what stands after the last 亿.
                section = (section + std::mem::take(&mut digit)) * 10_000;
                total += std::mem::take(&mut section);
            }
            '亿' => total = (total + std::mem::take(&mut section) + std::mem::take(&mut digit)) * 100_000_000,
            '元' => fen = (total + section + std::mem::take(&mut digit)) * 100,
            '角' => fen += std::mem::take(&mut digit) * 10,
            '分' => fen += std::mem::take(&mut digit),
            '零' | '整' | '负' => {}
            _ => digit = "壹贰叁肆伍陆柒捌玖".chars().position(|d| d == c).unwrap() as i64 + 1,
        }
    }
    assert_eq!(digit, 0, "{text}: a digit without its place");
    if text.starts_with('负') { -fen } else { fen }
}

#[test]
fn capitals_follow_the_annex() {
    for (yuan, capitals) in [
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0.05", "伍分"),
        ("0.50", "伍角"),
        ("0", "零元整"),
        ("10", "壹拾元整"),
        ("100001.00", "壹拾万零壹元整"),
        ("100000000.00", "壹亿元整"),
        ("100010000.00", "壹亿零壹万元整"),
        ("110000000.00", "壹亿壹仟万元整"),
        ("1000000000000", "壹万亿元整"),
        ("-20", "负贰拾元整"),
        ("90071992547409.91", "玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖元玖角壹分"),
    ] {
        assert_eq!(Fen::from_yuan(yuan.parse().unwrap()).unwrap().in_capitals(), capitals);
    }
}

#[test]
fn amounts_are_printed_as_people_write_them() {
    let money = |minor, code| Money::try_new(minor, Currency::try_new(code).unwrap()).unwrap().to_string();
    assert_eq!(Fen::try_new(123_456).unwrap().to_string(), "￥1,234.56");
    assert_eq!(Fen::try_new(-5).unwrap().to_string(), "-￥0.05");
    assert_eq!(Fen::yuan(1_000_000).to_string(), "￥1,000,000.00");
    assert_eq!(money(-123_456, "USD"), "USD -1,234.56");
    assert_eq!(money(123_456, "JPY"), "JPY 123,456");
    assert_eq!(money(123_456, "KWD"), "KWD 123.456");
}

#[test]
fn what_is_no_amount_is_refused() {
    let (yuan, dollar) = (
        Money::from(Fen::yuan(1)),
        Money::from_major(Decimal::ONE, Currency::try_new("USD").unwrap()).unwrap(),
    );
    assert_eq!(
        yuan.try_add(dollar),
        Err(MoneyError::OtherCurrency(yuan.currency(), dollar.currency()))
    );
    assert!(dollar.to_fen().is_err());
    let listed = schemars::schema_for!(Currency);
    let codes = listed.get("enum").and_then(|codes| codes.as_array()).unwrap();
    let known = codes
        .iter()
        .filter(|code| Currency::try_new(code.as_str().unwrap()).is_ok_and(|c| Currency::CNY.code().len() == c.code().len()));
    assert_eq!(
        (codes.len(), known.count()),
        (69, 69),
        "every listed currency is read, and each has three letters"
    );
    assert_eq!(Currency::try_new("CNY"), Ok(Currency::CNY));
    assert_eq!(Currency::try_new("usd"), Err(MoneyError::UnknownCurrency));
    assert_eq!(Fen::from_yuan("0.005".parse().unwrap()), Err(MoneyError::NotWhole));
    assert_eq!(Fen::from_yuan("1.230".parse().unwrap()), Fen::try_new(123));
    assert_eq!(Fen::from_yuan(Decimal::MAX), Err(MoneyError::TooLarge));
    assert_eq!(
        Fen::try_new(MINOR_UNITS_MAX).unwrap().try_add(Fen::try_new(1).unwrap()),
        Err(MoneyError::TooLarge)
    );
    assert_eq!(Fen::yuan(1).allocate(&[0, 0]), Err(MoneyError::NoRatio));
    for json in ["9007199254740992", "-9223372036854775808", "1.5", "\"1\""] {
        assert!(serde_json::from_str::<Fen>(json).is_err(), "{json}");
    }
    for json in [
        r#"{"minor":1,"currency":"XXX"}"#,
        r#"{"minor":9007199254740992,"currency":"CNY"}"#,
        r#"{"minor":1}"#,
    ] {
        assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
    }
}

#[test]
fn each_rounding_does_what_it_is_called() {
    let rounded = |fen, rate: &str| {
        [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up]
            .map(|rounding| Fen::try_new(fen).unwrap().times(rate.parse().unwrap(), rounding).unwrap().get())
    };
    assert_eq!(rounded(5, "0.5"), [3, 2, 2, 3]);
    assert_eq!(rounded(7, "0.5"), [4, 4, 3, 4]);
    assert_eq!(rounded(-5, "0.5"), [-3, -2, -2, -3]);
    assert_eq!(rounded(100, "0.014"), [1, 1, 1, 2]);
    assert_eq!(rounded(100, "0.07"), [7, 7, 7, 7]);
    assert_eq!(rounded(-1, "-1"), [1, 1, 1, 1]);
}

proptest! {
    #[test]
    fn capitals_read_back(fen in fen()) {
        let text = fen.in_capitals();
        prop_assert_eq!(read_capitals(&text), fen.get(), "{}", text);
        prop_assert!(!text.contains("零零") && !text.contains("零万") && !text.contains("零亿"), "{}", text);
    }

    #[test]
    fn shares_add_up_and_none_is_a_unit_off(fen in fen(), ratios in prop::collection::vec(any::<u64>(), 1..20)) {
        let total: u128 = ratios.iter().map(|r| u128::from(*r)).sum();
        prop_assume!(total > 0);
        let shares = fen.allocate(&ratios).unwrap();
        prop_assert_eq!(Fen::try_sum(shares.iter().copied()), Ok(fen));
        for (share, ratio) in shares.iter().zip(&ratios) {
            let exact = u128::from(fen.get().unsigned_abs()) * u128::from(*ratio);
            prop_assert!((u128::from(share.get().unsigned_abs()) * total).abs_diff(exact) < total);
        }
    }

    #[test]
    fn times_is_exact_to_the_last_digit(fen in fen(), rate in rate()) {
        let digits = product(fen.get().unsigned_abs().into(), rate.mantissa().unsigned_abs());
        let (whole, part) = digits.split_at(digits.len().saturating_sub(rate.scale() as usize));
        let whole = whole.iter().fold(0_u128, |n, d| n.saturating_mul(10).saturating_add((*d).into()));
        // The product has fewer digits than the scale: its first decimal is a 0 that isn't written.
        let first = if digits.len() < rate.scale() as usize { 0 } else { part.first().copied().unwrap_or(0) };
        let size = whole.saturating_add(u128::from(first >= 5));
        let expected = i64::try_from(size).ok().filter(|size| *size <= MINOR_UNITS_MAX)
            .map(|size| if (fen.get() < 0) == rate.is_sign_negative() { size } else { -size });
        prop_assert_eq!(fen.times(rate, Rounding::HalfUp).ok().map(Fen::get), expected);
    }

    #[test]
    fn adding_and_taking_away_are_inverse(a in fen(), b in fen()) {
        match a.try_add(b) {
            Ok(sum) => {
                prop_assert_eq!(sum.try_sub(b), Ok(a));
                prop_assert_eq!(Money::from(a).try_add(b.into()), Ok(sum.into()));
            }
            Err(error) => {
                prop_assert_eq!(error, MoneyError::TooLarge);
                prop_assert!((a.get() + b.get()).abs() > MINOR_UNITS_MAX);
            }
        }
        prop_assert_eq!(serde_json::to_string(&a).unwrap(), a.get().to_string());
        prop_assert_eq!(Fen::from_yuan(a.to_yuan()), Ok(a));
    }
}
