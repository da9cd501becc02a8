//! Amounts written out in Chinese capitals (大写金额), so that nobody can add a stroke or a zero to a bill.
//!
//! The rules are those of 支付结算办法, annex 1 (正确填写票据和结算凭证的基本规定). Where the annex leaves a choice, the house takes: no 零 where
//! a single 0 stands in the place of 元 (壹仟陆佰捌拾元叁角贰分), a 零 before 角 where more than one does (壹拾万柒仟元零伍角叁分), no 零 between
//! 万 and 仟 where only the place of 万 is 0, and no 整 after 角.

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];

/// `fen` in capitals; 负 stands before a negative amount.
pub(super) fn in_capitals(fen: i64) -> String {
    let size = fen.unsigned_abs();
    let (yuan, jiao, cents) = (size / 100, size / 10 % 10, size % 10);
    let mut text = String::from(if fen < 0 { "负" } else { "" });
    if yuan > 0 {
        text.push_str(&whole(yuan));
        text.push('元');
    }
    if size == 0 {
        text.push_str("零元");
    }
    if jiao > 0 {
        if yuan > 0 && yuan.is_multiple_of(100) {
            text.push('零');
        }
        text.extend([DIGITS[jiao as usize], '角']);
    }
    if cents > 0 {
        if yuan > 0 && jiao == 0 {
            text.push('零');
        }
        text.extend([DIGITS[cents as usize], '分']);
    }
    if jiao == 0 && cents == 0 {
        text.push('整');
    }
    text
}

/// A number above zero: split at 亿, then at 万, each half read by the same rule.
fn whole(number: u64) -> String {
    for (unit, name) in [(100_000_000, '亿'), (10_000, '万')] {
        let (high, low) = (number / unit, number % unit);
        if high > 0 {
            let mut text = whole(high);
            text.push(name);
            if low > 0 {
                // The first place of the lower half is empty: one 零 stands for it and all empty places after it.
                if low < unit / 10 {
                    text.push('零');
                }
                text.push_str(&whole(low));
            }
            return text;
        }
    }
    section(number)
}

/// A number from 1 to 9999; zeros between digits become one 零, zeros at the end nothing.
fn section(number: u64) -> String {
    let mut text = String::new();
    let mut gap = false;
    for (place, name) in PLACES.iter().enumerate().rev() {
        let digit = number / 10_u64.pow(place as u32) % 10;
        if digit == 0 {
            gap = !text.is_empty();
            continue;
        }
        if gap {
            text.push('零');
        }
        gap = false;
        text.push(DIGITS[digit as usize]);
        text.push_str(name);
    }
    text
}
