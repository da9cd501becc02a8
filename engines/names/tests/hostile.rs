//! Whatever is typed as a name: nothing panics, everything ends in time, and what holds for one name holds for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::{Duration, Instant};

use common::{BRANDS, LEXICON, index, question};
use names::limits;
use proptest::prelude::*;

/// Letters that names are made of, and letters that they should not be made of.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        6 => prop::sample::select(vec!["北京", "深圳市", "南山区", "前海", "红光", "酒业", "科技", "发展", "有限公司", "（", "）", "(", ")", "店", "中国", "集团", "合伙企业"]).prop_map(str::to_owned),
        2 => any::<char>().prop_map(String::from),
        2 => prop::sample::select(vec!["\u{0}", "\u{200B}", "\u{202E}", "\u{301}", "😀", "👨‍👩‍👧", "A", "9", " ", "\u{3000}", "ﷺ", "ß", "가", "\u{1100}", "𠀀", "㈱", "國"]).prop_map(str::to_owned),
        4 => "[\u{4E00}-\u{9FA5}]{1,3}",
    ];
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn normalising_twice_is_normalising_once(text in any_text()) {
        if let Ok(once) = LEXICON.normalise(&text) {
            prop_assert_eq!(LEXICON.normalise(&once), Ok(once.clone()));
        }
    }

    #[test]
    fn the_parts_of_a_name_make_up_the_name(text in any_text()) {
        let Ok(parsed) = LEXICON.parse(&text) else { return Ok(()) };
        let letters: Vec<char> = parsed.normal.chars().collect();
        let mut covered = vec![0; letters.len()];
        for part in [&parsed.region, &parsed.brand, &parsed.industry, &parsed.form].into_iter().flatten() {
            let text: String = part.spans.iter().flat_map(|span| &letters[span.start..span.end]).collect();
            prop_assert_eq!(&text, &part.text);
            part.spans.iter().for_each(|span| covered[span.start..span.end].iter_mut().for_each(|times| *times += 1));
        }
        for (letter, times) in letters.iter().zip(covered) {
            prop_assert!(times == 1 || times == 0 && matches!(letter, '（' | '）'), "{} in {}", letter, parsed.normal);
        }
    }

    #[test]
    fn nothing_panics(text in any_text()) {
        let index = index(&["北京红光酒业有限公司", "深圳红光科技有限公司"]);
        if let Ok(parsed) = LEXICON.parse(&text) {
            LEXICON.wordings(&parsed);
            index.compare(&parsed, &question());
        }
    }

    /// Wherever the region stands, and whether in brackets or not, the name keeps its key. A brand that begins with the word for a city or
    /// county is left out: 上海 before 市一 cannot be told from 上海市 before 一, and a registrar reads it so, too.
    #[test]
    fn a_region_may_move(
        brand in "[\u{4E00}-\u{9FA5}]{2,4}",
        industry in prop::sample::select(vec!["酒业发展", "网络科技", "餐饮管理", "房地产开发", "供应链管理", "建筑工程", "生物科技"]),
        region in prop::sample::select(vec!["北京", "深圳市", "广东省深圳市", "上海", "深圳市南山区"]),
        form in prop::sample::select(vec!["有限公司", "股份有限公司", "合伙企业（有限合伙）", ""]),
    ) {
        prop_assume!(!brand.starts_with(['市', '省', '区', '县', '州', '盟', '旗']));
        let front = LEXICON.parse(&format!("{region}{brand}{industry}{form}")).unwrap();
        for moved in [
            format!("{brand}（{region}）{industry}{form}"),
            format!("{brand}{industry}（{region}）{form}"),
            format!("（{region}）{brand}{industry}{form}"),
            format!(" {brand}({region}) {industry}{form}"),
        ] {
            let moved = LEXICON.parse(&moved).unwrap();
            prop_assert_eq!(&moved.key, &front.key, "{} / {}", &front.normal, &moved.normal);
            prop_assert_eq!(&moved.region_key, &front.region_key);
        }
    }
}

/// The same with real brands, which hold places, industries and forms themselves: of the brands, nearly all keep the key.
#[test]
fn real_brands_keep_their_key_when_the_region_moves() {
    let (mut all, mut kept) = (0, 0);
    for brand in BRANDS.iter().step_by(17) {
        let front = LEXICON.parse(&format!("深圳市{brand}网络科技有限公司"));
        let moved = LEXICON.parse(&format!("{brand}（深圳市）网络科技有限公司"));
        let (Ok(front), Ok(moved)) = (front, moved) else { continue };
        all += 1;
        kept += usize::from(front.key == moved.key);
    }
    assert!(all > 15_000, "{all}");
    assert!(kept * 1_000 >= all * 999, "{kept} of {all}");
}

#[test]
fn hostile_input_ends_in_time() {
    let index = index(&["北京红光酒业有限公司"]);
    let long = [
        "红".repeat(10_000),
        "（".repeat(3_000),
        "A".repeat(10_000),
        "😀".repeat(2_500),
        "\u{202E}".repeat(3_000),
        "红\u{301}".repeat(100),
        "乐行".repeat(50),
        "发展".repeat(50),
        "深圳市南山区".repeat(16),
        "有限公司".repeat(25),
        "（北京）".repeat(25),
        "\u{FDFA}".repeat(30),
    ];
    let start = Instant::now();
    for text in &long {
        match LEXICON.parse(text) {
            Ok(parsed) => {
                assert!(parsed.normal.chars().count() <= limits::NAME_CHARS_MAX);
                LEXICON.wordings(&parsed);
                index.compare(&parsed, &question());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
