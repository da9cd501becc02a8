//! What a registrar would check by hand: parts of names, forbidden wordings, identical and similar names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{LEXICON, gone, index, parts, question, registered, rules, rules_with, wordings};
use jiff::civil::date;
use names::{Departure, Entry, NotAName, Question, Severity, Status};

#[test]
fn a_name_falls_into_its_four_parts() {
    for (name, expected) in [
        ("北京红光酒业发展有限公司", "北京 红光 酒业发展 有限公司"),
        ("红光（北京）酒业发展有限公司", "北京 红光 酒业发展 有限公司"),
        ("红光北京酒业发展有限公司", "北京 红光 酒业发展 有限公司"),
        ("红光酒业发展（北京）有限公司", "北京 红光 酒业发展 有限公司"),
        ("深圳市南山区红光网络科技有限公司", "深圳市南山区 红光 网络科技 有限公司"),
        ("深圳前海微众供应链管理有限公司", "深圳前海 微众 供应链管理 有限公司"),
        ("深圳市前海红光餐饮管理有限责任公司", "深圳市前海 红光 餐饮管理 有限责任公司"),
        (
            "广东省深圳市宝安区金辉建筑工程有限公司",
            "广东省深圳市宝安区 金辉 建筑工程 有限公司",
        ),
        (
            "内蒙古自治区呼和浩特市蒙牧乳业股份有限公司",
            "内蒙古自治区呼和浩特市 蒙牧 乳业 股份有限公司",
        ),
        ("昆山红光电子有限公司", "昆山 红光 电子 有限公司"),
        ("东方红光学科技有限公司", "- 东方红 光学科技 有限公司"),
        ("红光集团有限公司", "- 红光 - 集团有限公司"),
        ("红光（集团）有限公司", "- 红光 - （集团）有限公司"),
        ("深圳红光股权投资合伙企业（有限合伙）", "深圳 红光 股权投资 合伙企业（有限合伙）"),
        ("深圳市福田区老王餐饮店", "深圳市福田区 老王 餐饮 店"),
        ("北京红光酒厂", "北京 红光 酒 厂"),
        ("北京红光大酒店", "北京 红光 大酒店 -"),
        ("深圳红光银行股份有限公司", "深圳 红光 银行 股份有限公司"),
        ("深圳安康医疗科技有限公司", "深圳 安康 医疗科技 有限公司"),
        ("安康医疗科技有限公司", "- 安康 医疗科技 有限公司"),
        ("中国红光保险股份有限公司", "中国 红光 保险 股份有限公司"),
        ("北京红光", "北京 红光 - -"),
        ("有限公司", "- - - 有限公司"),
    ] {
        assert_eq!(parts(name), expected, "{name}");
    }
}

#[test]
fn writing_is_brought_to_one_form() {
    for (name, normal) in [
        ("北京紅光酒業發展有限公司", "北京红光酒业发展有限公司"),
        (" 红光 (北京) 酒业 ", "红光（北京）酒业"),
        ("红光【北京】酒业", "红光（北京）酒业"),
        ("ＡＢＣ科技", "ABC科技"),
        ("abc科技", "ABC科技"),
        ("群峯商貿", "群峰商贸"),
        ("乾坤科技", "乾坤科技"),
        ("\u{2F09}科技", "儿科技"),
    ] {
        assert_eq!(LEXICON.normalise(name).as_deref(), Ok(normal), "{name}");
    }
    assert_eq!(LEXICON.normalise(" \u{3000} "), Err(NotAName::Empty));
    assert_eq!(LEXICON.normalise("红\u{200B}光"), Err(NotAName::Hidden { code: 0x200B, at: 1 }));
    assert_eq!(LEXICON.normalise("红\0光"), Err(NotAName::Hidden { code: 0, at: 1 }));
    assert_eq!(LEXICON.normalise(&"红".repeat(101)), Err(NotAName::TooLong));
}

#[test]
fn a_region_with_or_without_its_suffix_is_the_same_region() {
    let with = LEXICON.parse("深圳市红光酒业有限公司").unwrap();
    let without = LEXICON.parse("深圳红光酒业有限公司").unwrap();
    assert_eq!((with.region_key, with.full_key), (without.region_key, without.full_key));
}

/// Brief 01, accept (2).
#[test]
fn the_same_words_in_another_order_are_identical() {
    assert_eq!(rules(&["北京红光酒业发展"], "红光（北京）酒业发展"), ["133.identical.2"]);
    assert_eq!(
        rules(&["北京红光酒业发展有限公司"], "红光（北京）酒业发展有限公司"),
        ["133.identical.2"]
    );
}

#[test]
fn the_same_text_is_identical() {
    for name in [
        "北京红光酒业有限公司",
        "北京市红光酒业有限公司",
        "北京紅光酒業有限公司",
        " 北京红光酒业 有限公司",
    ] {
        assert_eq!(rules(&["北京红光酒业有限公司"], name), ["133.identical.1"], "{name}");
    }
    assert_eq!(rules(&["北京红光酒业有限公司"], "北京青松酒业有限公司"), [""; 0]);
}

/// 第三条第（三）项, with the rule's own examples.
#[test]
fn region_and_form_do_not_tell_names_apart() {
    assert_eq!(rules(&["北京红光酒业有限公司"], "红光酒业有限公司"), ["133.identical.3"]);
    assert_eq!(rules(&["北京红光酒业有限公司"], "北京红光酒厂"), ["133.identical.3"]);
    assert_eq!(rules(&["北京红光酒业有限公司"], "北京红光机械厂"), [""; 0]);
}

/// 第四条第（一）项, with the rule's own example.
#[test]
fn synonymous_industries_make_the_same_brand_similar() {
    for name in ["万青房地产有限公司", "万青置业有限公司"] {
        assert_eq!(rules(&["万青地产有限公司"], name), ["734.17", "133.similar.1"], "{name}");
    }
    assert_eq!(rules(&["万青地产有限公司"], "万青生物科技有限公司"), [""; 0]);
}

/// Brief 01, accept (3); 第四条第（二）项, with the rule's own examples.
#[test]
fn brands_that_sound_the_same_are_similar() {
    for name in ["北京牛兰山酒业有限公司", "北京牛蓝山白酒有限公司"] {
        assert_eq!(rules(&["北京牛栏山酒业有限公司"], name), ["133.similar.2"], "{name}");
    }
    // Any reading of a polyphone: 重 is zhong and chong, 乐 is le and yue.
    assert_eq!(rules(&["深圳崇阳楼贸易有限公司"], "深圳重阳楼贸易有限公司"), ["133.similar.2"]);
    assert_eq!(rules(&["深圳悦行旅游有限公司"], "深圳乐航旅游有限公司"), ["133.similar.2"]);
    assert_eq!(rules(&["北京牛栏山酒业有限公司"], "北京牛兰山机械有限公司"), [""; 0]);
    assert_eq!(rules(&["北京牛栏山酒业有限公司"], "北京牛栏水酒业有限公司"), [""; 0]);
}

/// 第四条第（三）项, with the rule's own examples.
#[test]
fn a_brand_inside_another_is_similar() {
    for name in ["北京阿里巴巴巴巴网络科技有限公司", "北京阿里巴巴在线网络科技有限公司"] {
        assert_eq!(rules(&["北京阿里巴巴网络科技有限公司"], name)[0], "133.similar.3", "{name}");
        assert_eq!(rules(&[name], "北京阿里巴巴网络科技有限公司")[0], "133.similar.3", "{name}");
    }
    assert_eq!(rules(&["北京阿里巴巴网络科技有限公司"], "北京阿里山网络科技有限公司"), [""; 0]);
}

#[test]
fn a_part_that_sounds_the_same_is_similar() {
    assert_eq!(
        rules(&["北京阿里巴巴科技有限公司"], "北京马云阿理巴巴科技有限公司"),
        ["133.similar.4"]
    );
    assert_eq!(
        rules(&["北京马云阿理巴巴科技有限公司"], "北京阿里巴巴技术有限公司"),
        ["133.similar.4"]
    );
    assert_eq!(rules(&["北京阿里巴巴科技有限公司"], "北京马云阿理巴巴餐饮有限公司"), [""; 0]);
}

#[test]
fn without_industry_wording_brands_are_compared_across_all() {
    assert_eq!(rules(&["北京牛兰山有限公司"], "北京金牛栏山有限公司"), ["133.similar.5"]);
    assert_eq!(rules(&["北京全聚德有限公司"], "北京荃巨得有限公司"), ["133.similar.5"]);
    assert_eq!(rules(&["北京全聚德有限公司"], "北京宏荃聚德实业有限公司"), ["133.similar.5"]);
    assert_eq!(rules(&["北京红光集团有限公司"], "北京红光酒业有限公司"), ["734.17"]);
    assert_eq!(rules(&["北京红光酒业有限公司"], "北京红光实业有限公司"), ["734.17"]);
    assert_eq!(rules(&["北京红光酒业有限公司"], "北京青松实业有限公司"), [""; 0]);
}

#[test]
fn brands_that_look_the_same_are_similar() {
    assert_eq!(rules(&["深圳未央科技有限公司"], "深圳末央科技有限公司"), ["133.similar.glyph"]);
    assert_eq!(rules(&["深圳未央科技有限公司"], "深圳末央餐饮有限公司"), [""; 0]);
    assert_eq!(rules(&["深圳未央科技有限公司"], "深圳春央科技有限公司"), [""; 0]);
}

#[test]
fn an_industry_code_makes_different_wordings_one_industry() {
    let code = |code: &str| Some(code.to_owned());
    let mut index = index(&[]);
    index
        .insert(&Entry {
            industry_code: code("C1512"),
            ..registered("E", "北京红光酱香有限公司")
        })
        .unwrap();
    index
        .insert(&Entry {
            industry_code: code("C1512"),
            ..registered("E", "北京青松食品有限公司")
        })
        .unwrap();
    let asked = |code| Question {
        industry_code: code,
        ..question()
    };
    assert_eq!(rules_with(&index, "北京青松酒业有限公司", &asked(None)), [""; 0]);
    assert_eq!(
        rules_with(&index, "北京青松酒业有限公司", &asked(code("1519"))),
        ["734.17", "133.similar.1"]
    );
    assert_eq!(rules_with(&index, "北京青松酒业有限公司", &asked(code("C1522"))), [""; 0]);
}

#[test]
fn an_investment_relation_lifts_all_but_the_same_text() {
    let index = index(&["北京红光酒业有限公司", "万青地产有限公司", "北京牛栏山酒业有限公司"]);
    let invested = Question {
        investors: vec!["E0".into(), "E1".into(), "E2".into()],
        ..question()
    };
    assert_eq!(rules_with(&index, "深圳红光酒业有限公司", &invested), [""; 0]);
    assert_eq!(rules_with(&index, "万青置业有限公司", &invested), [""; 0]);
    assert_eq!(rules_with(&index, "北京牛兰山酒业有限公司", &invested), [""; 0]);
    assert_eq!(rules_with(&index, "北京红光酒业有限公司", &invested), ["133.identical.1"]);
    assert_eq!(rules_with(&index, "红光（北京）酒业有限公司", &invested), ["133.identical.2"]);
    let own = Question {
        own: vec!["E0".into()],
        ..question()
    };
    assert_eq!(rules_with(&index, "北京红光酒业有限公司", &own), [""; 0]);
    assert_eq!(rules_with(&index, "深圳红光酒业有限公司", &question()), ["133.identical.3"]);
}

#[test]
fn a_name_comes_free_when_its_term_is_full() {
    for how in [Departure::Cancelled, Departure::Renamed, Departure::Revoked] {
        let mut index = index(&[]);
        index.insert(&gone("E", "北京红光酒业有限公司", date(2020, 6, 1), how)).unwrap();
        let on = |on| rules_with(&index, "北京红光酒业有限公司", &Question { on, ..question() });
        assert_eq!(on(date(2021, 5, 31)), ["133.identical.1"]);
        assert_eq!(on(date(2021, 6, 1)), [""; 0]);
    }
    let mut index = index(&[]);
    index
        .insert(&Entry {
            status: Status::Reserved { until: date(2021, 6, 1) },
            ..registered("E", "北京红光酒业有限公司")
        })
        .unwrap();
    let on = |on| rules_with(&index, "北京红光酒业有限公司", &Question { on, ..question() });
    assert_eq!(on(date(2021, 6, 1)), ["133.identical.1"]);
    assert_eq!(on(date(2021, 6, 2)), [""; 0]);
}

#[test]
fn the_index_follows_the_register() {
    let mut index = index(&["北京红光酒业有限公司", "北京红光机械有限公司"]);
    assert_eq!((index.len(), index.remove("E0"), index.remove("E0"), index.len()), (2, 1, 0, 1));
    assert_eq!(rules_with(&index, "北京红光酒业有限公司", &question()), [""; 0]);
    let reserved = Entry {
        status: Status::Reserved { until: date(2021, 5, 1) },
        ..registered("CASE", "北京红光酒业有限公司")
    };
    index.insert(&reserved).unwrap();
    assert_eq!(rules_with(&index, "北京红光酒业有限公司", &question()), [""; 0]);
    index
        .insert(&Entry {
            status: Status::Registered,
            ..reserved
        })
        .unwrap();
    assert_eq!(index.len(), 2);
    assert_eq!(rules_with(&index, "北京红光酒业有限公司", &question()), ["133.identical.1"]);
    assert!(index.insert(&registered("", "北京红光酒业有限公司")).is_err());
    assert!(index.insert(&registered("X", "红\u{202E}光")).is_err());
    assert_eq!(index.len(), 2);
}

#[test]
fn protected_marks_are_guarded() {
    let marks = |name: &str, allowed: &[String]| -> Vec<String> {
        LEXICON
            .marks(&LEXICON.parse(name).unwrap(), allowed)
            .into_iter()
            .map(|hit| hit.rule)
            .collect()
    };
    assert_eq!(marks("深圳腾讯餐饮有限公司", &[]), ["mark.same"]);
    assert_eq!(marks("深圳新茅台酒业有限公司", &[]), ["mark.contains"]);
    assert_eq!(marks("深圳牛兰山酒业有限公司", &[]), ["mark.sound"]);
    assert_eq!(marks("深圳小牛兰山酒业有限公司", &[]), ["mark.sound"]);
    assert_eq!(marks("深圳牛兰山机械有限公司", &[]), [""; 0]);
    assert_eq!(marks("深圳华威贸易有限公司", &[]), [""; 0]);
    let hits = index(&[])
        .compare(&LEXICON.parse("深圳牛兰山酒业有限公司").unwrap(), &question())
        .hits;
    assert_eq!((hits[0].severity, hits[0].wording.as_deref()), (Severity::Block, Some("牛栏山")));
}

#[test]
fn a_plain_name_has_no_forbidden_wording() {
    for name in [
        "深圳市南山区红光网络科技有限公司",
        "深圳前海微云供应链管理有限公司",
        "公安县红光酒业有限公司",
        "深圳清禾贸易有限公司",
        "深圳中共享科技有限公司",
        "海南红光食品有限公司",
    ] {
        assert_eq!(wordings(name), [""; 0], "{name}");
    }
}

#[test]
fn every_forbidden_wording_is_found_under_its_rule() {
    for (name, expected) in [
        ("深圳ABC红光科技有限公司", "734.5 ABC"),
        ("深圳红光8号科技有限公司", "734.5 8"),
        ("深圳红😀光科技有限公司", "734.5 😀"),
        ("深圳红光（科技有限公司", "734.5 （"),
        ("红光科技有限公司", "734.6.region"),
        ("深圳红光有限公司", "734.6.industry"),
        ("深圳红光实业有限公司", "734.6.industry 实业"),
        ("南山区红光科技有限公司", "734.7.district 南山区"),
        ("前海红光科技有限公司", "734.7.zone 前海"),
        ("深圳红科技有限公司", "734.8.short 红"),
        ("深圳上海贸易有限公司", "734.8.region 上海"),
        ("深圳网络科技有限公司", "734.8.industry 网络"),
        ("深圳红光科技", "734.10"),
        ("深圳大东亚科技有限公司", "734.11.1 大东亚"),
        ("深圳黑社会科技有限公司", "734.11.2 黑社会"),
        ("深圳国务院科技有限公司", "734.11.3 国务院"),
        ("深圳八一科技有限公司", "734.11.3 八一"),
        ("深圳联合国科技有限公司", "734.11.4 联合国"),
        ("深圳美国科技有限公司", "734.11.4 美国"),
        ("深圳赌博科技有限公司", "734.11.5 赌博"),
        ("深圳黑鬼科技有限公司", "734.11.6 黑鬼"),
        ("深圳妻妾成群餐饮有限公司", "734.11.7 妻妾成群"),
        ("深圳国家级科技有限公司", "734.11.8 国家级"),
        ("深圳代孕科技有限公司", "734.11.9 代孕"),
        ("中国红光科技有限公司", "734.12 中国"),
        ("深圳红光中国科技有限公司", "734.12.middle 中国"),
        ("国际红光科技有限公司", "133.use.head 国际"),
        ("深圳雷锋科技有限公司", "133.use.6 雷锋"),
        ("深圳法轮功科技有限公司", "734.11.5 法轮功"),
        ("深圳清华大学科技有限公司", "133.use.16 清华大学"),
        ("深圳红光慈善科技有限公司", "133.use.nonprofit 慈善"),
        ("深圳最佳科技有限公司", "133.use.superlative 最佳"),
        ("深圳巴黎服装有限公司", "133.use.foreign-place 巴黎"),
        ("深圳教授科技有限公司", "133.use.title 教授"),
        ("深圳红光小额贷款有限公司", "133.use.licensed 小额贷款"),
        ("深圳中粤科技有限公司", "133.use.place-prefix 中粤"),
    ] {
        assert!(
            wordings(name).iter().any(|hit| hit == expected),
            "{name}: {:?} lacks {expected}",
            wordings(name)
        );
    }
}

#[test]
fn innocent_words_are_let_through() {
    for (name, unexpected) in [
        ("深圳小三峡旅游有限公司", "小三"),
        ("深圳国防水科技有限公司", "国防"),
        ("深圳汇美国际贸易有限公司", "美国"),
        ("深圳老虎机械有限公司", "老虎机"),
        ("深圳集中国科技有限公司", "中国"),
        ("深圳大学生文化有限公司", "大学"),
        ("深圳味道教育有限公司", "道教"),
        ("深圳巴黎春天服装有限公司", "巴黎"),
        ("深圳教授村科技有限公司", "教授"),
    ] {
        assert!(
            !wordings(name).iter().any(|hit| hit.ends_with(unexpected)),
            "{name}: {:?}",
            wordings(name)
        );
    }
}

#[test]
fn every_rule_speaks_both_languages_and_names_its_basis() {
    for rule in LEXICON.rules() {
        let chinese = |text: &str| text.chars().any(|letter| ('\u{4E00}'..='\u{9FFF}').contains(&letter));
        assert!(chinese(&rule.zh) && chinese(&rule.basis_zh), "{}", rule.id);
        assert!(
            rule.en.is_ascii() || rule.en.chars().any(|letter| letter.is_ascii_lowercase()),
            "{}",
            rule.id
        );
        assert!(!chinese(&rule.basis_en), "{}", rule.id);
    }
}
