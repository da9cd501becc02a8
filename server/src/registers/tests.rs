//! Files as people make them: good ones, each kind of fault, and some that were made to do harm.

use std::path::Path;
use std::sync::LazyLock;

use kernel::Zone;
use kernel::papers::UnifiedCode;
use proptest::prelude::*;

use super::csv::{check, rows};
use super::limits::{BAD_ROWS_LISTED_MAX, FIELD_CHARS_MAX};
use super::{BadFile, BadRow, RegisterKind, Row};
use crate::zone_pack;

static ZONE: LazyLock<Zone> = LazyLock::new(|| {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    zone_pack::read(&root.join("data/zones/shenzhen-qianhai"), &root.join("data")).expect("the shipped pack is good")
});

fn load(kind: RegisterKind, file: &[u8]) -> Result<Vec<Row>, BadFile> {
    let checked = check(kind, file, &ZONE, |_| ())?;
    let mut reading = rows(kind, file, &ZONE)?;
    let found: Vec<Row> = (&mut reading).map(|row| row.expect("a checked file has no bad row")).collect();
    assert_eq!(
        (checked.rows, checked.digest),
        (found.len() as u64, reading.digest()),
        "both readings are of one file"
    );
    Ok(found)
}

fn faults(kind: RegisterKind, file: impl AsRef<[u8]>) -> Vec<BadRow> {
    load(kind, file.as_ref()).expect_err("the file has a fault").rows
}

/// The one fault of a file, as line and column.
fn fault(kind: RegisterKind, file: impl AsRef<[u8]>) -> (u64, String) {
    let faults = faults(kind, file);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(!faults[0].why.is_incomplete(), "words in both languages");
    (faults[0].line, faults[0].column.clone())
}

const GOOD_CODE: &str = "9144030071526726XG";
const ADDRESS: &str = "4403030010010012345678901";
const ENTERPRISES: &str = "unified_code,name,status,since,industry\n\
    9144030071526726XG,深圳市腾讯计算机系统有限公司,registered,1998-11-11,I6513\n\
    9144030071526726XG,深圳市旧名有限公司,renamed,2001-02-03,\n\
    914403001922038216,\"华为技术有限公司\",存续,,3921\n";
const ADDRESSES: &str = "code,text,use,state,firms,shared\n\
    4403030010010012345678901,\"深圳市罗湖区桂园街道大塘龙社区宝安南路1号,A座12层\",office,standing,3,false\n";
const IDENTITIES: &str = "paper_number,name,verified_on,capacity\n\
    110105491231002,王五,2026/11/1,true\n\
    11010519491231002Ｘ,赵六,20261101,否\n";
const DISHONESTY: &str = "paper_number,ground,since,case_number,listed_by,lifted_on\n\
    11010519491231002x,judgment-defaulter,2025-03-04,（2025）粤0305执1号,深圳市南山区人民法院,\n\
    110105491231002,缓刑,2024年7月9日,（2024）粤0305刑初2号,深圳市南山区人民法院,2026-01-01\n";

#[test]
fn good_rows_become_the_kernel_s_row_types() {
    let enterprises = load(RegisterKind::Enterprises, ENTERPRISES.as_bytes()).unwrap();
    let keys: Vec<&str> = enterprises.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(
        keys,
        [GOOD_CODE, "9144030071526726XG#1", "914403001922038216"],
        "a former name stands beside the firm's own row"
    );
    assert_eq!(enterprises[1].tags, [GOOD_CODE]);
    assert_eq!(enterprises[2].document["industry"], "C3921", "the letter is found");
    assert_eq!(enterprises[0].document["status"], "registered");

    let addresses = load(RegisterKind::Addresses, ADDRESSES.as_bytes()).unwrap();
    assert_eq!(addresses[0].tags, ["440303001001"], "an address is listed under its community");
    let row: kernel::registers::AddressRow = serde_json::from_value(addresses[0].document.clone()).unwrap();
    assert_eq!((row.code.as_str(), row.firms, row.shared), (ADDRESS, 3, false));

    let dishonesty = load(RegisterKind::Dishonesty, DISHONESTY.as_bytes()).unwrap();
    let person = "citizen-id:11010519491231002X";
    assert_eq!(
        [&dishonesty[0].key, &dishonesty[1].key],
        [&format!("{person}#1"), &format!("{person}#2")],
        "15 and 18 digits are one person"
    );
    assert!(dishonesty.iter().all(|row| row.tags == [person]));
    assert_eq!(dishonesty[1].document["since"], "2024-07-09");
}

#[test]
fn one_person_under_two_numbers_is_a_duplicate() {
    assert_eq!(fault(RegisterKind::Identities, IDENTITIES), (3, "paper_number".into()));
    let rows = load(
        RegisterKind::Identities,
        IDENTITIES.split_inclusive('\n').take(2).collect::<String>().as_bytes(),
    )
    .unwrap();
    assert_eq!(rows[0].key, "citizen-id:11010519491231002X");
    assert_eq!(rows[0].document["verified_on"], "2026-11-01");
}

#[test]
fn papers_of_every_kind_are_known_by_their_numbers() {
    let kind = |number: &str| {
        let file = format!("paper_number,name,verified_on\n{number},某人,2026-01-01\n");
        load(RegisterKind::Identities, file.as_bytes()).map(|rows| rows[0].key.split(':').next().unwrap_or_default().to_owned())
    };
    assert_eq!(kind("H12345678").unwrap(), "hong-kong-macao-permit");
    assert_eq!(kind("12345678").unwrap(), "taiwan-permit");
    assert_eq!(kind("EA1234567").unwrap(), "passport");
    assert!(kind("张三").is_err());
    let told = "证件号码,姓名,核身日期,证件类型\n12345678,某人,2026-01-01,护照\n";
    assert_eq!(
        load(RegisterKind::Identities, told.as_bytes()).unwrap()[0].key,
        "passport:12345678",
        "the kind that is told wins"
    );
}

#[test]
fn a_file_reads_the_same_however_it_was_saved() {
    let plain = load(RegisterKind::Enterprises, ENTERPRISES.as_bytes()).unwrap();
    let windows = ENTERPRISES.replace('\n', "\r\n");
    let old_mac = ENTERPRISES.replace('\n', "\r");
    let blank_lines = ENTERPRISES.replace('\n', "\n\n");
    let utf16: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(ENTERPRISES.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let savings: [&[u8]; 8] = [
        windows.as_bytes(),
        old_mac.as_bytes(),
        blank_lines.as_bytes(),
        ENTERPRISES.trim_end().as_bytes(),
        &[b"\xEF\xBB\xBF", windows.as_bytes()].concat(),
        &encoding_rs::GB18030.encode(&windows).0,
        &encoding_rs::GBK.encode(ENTERPRISES).0,
        &utf16,
    ];
    for saving in savings {
        assert_eq!(load(RegisterKind::Enterprises, saving).unwrap(), plain);
    }
}

#[test]
fn chinese_headers_in_any_order() {
    let file = "企业名称,行业代码,统一社会信用代码,登记状态,状态日期\n深圳市某某有限公司,I65,914403001922038216,注销,2020年1月2日\n";
    for bytes in [file.as_bytes(), &encoding_rs::GB18030.encode(file).0] {
        let rows = load(RegisterKind::Enterprises, bytes).unwrap();
        assert_eq!(rows[0].document["since"], "2020-01-02");
        assert_eq!(rows[0].document["name"], "深圳市某某有限公司");
    }
}

#[test]
fn a_header_must_fit_its_register() {
    let of = |header: &str| {
        faults(RegisterKind::Enterprises, format!("{header}\n"))
            .into_iter()
            .map(|f| f.column)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("unified_code,name"), ["status"]);
    assert_eq!(of("unified_code,name,status,name"), ["name"]);
    assert_eq!(of("unified_code,name,status,colour"), ["colour"]);
    assert_eq!(of("code,text,use,state").len(), 7, "the header of another register");
    assert_eq!(fault(RegisterKind::Enterprises, ""), (1, String::new()));
}

/// Replaces one text in a good file and says which line and column is then at fault.
fn spoilt(kind: RegisterKind, good: &str, from: &str, to: &str) -> (u64, String) {
    assert!(good.contains(from), "{from}");
    fault(kind, good.replacen(from, to, 1))
}

#[test]
fn each_fault_of_an_enterprise_is_named() {
    let spoilt = |from, to| spoilt(RegisterKind::Enterprises, ENTERPRISES, from, to);
    assert_eq!(
        spoilt("914403001922038216", "91440300192203821"),
        (4, "unified_code".into()),
        "too short"
    );
    assert_eq!(
        spoilt("914403001922038216", "91440300192203821I"),
        (4, "unified_code".into()),
        "no such character"
    );
    assert_eq!(spoilt("914403001922038216", GOOD_CODE), (4, "unified_code".into()), "twice");
    assert_eq!(spoilt("深圳市旧名有限公司", "  "), (3, "name".into()));
    assert_eq!(spoilt("存续", "也许"), (4, "status".into()));
    assert_eq!(spoilt("2001-02-03", "2001-02-30"), (3, "since".into()), "no such day");
    assert_eq!(spoilt("2001-02-03", "1801-02-03"), (3, "since".into()), "a mistyped year");
    assert_eq!(spoilt("2001-02-03", ""), (3, "since".into()), "a former name needs its day");
    assert_eq!(spoilt("I6513", "I9999"), (2, "industry".into()));
    assert_eq!(spoilt(",3921", ""), (4, String::new()), "a field too few");
    assert_eq!(spoilt(",3921", ",3921,x"), (4, String::new()), "a field too many");
    // A registry's record wins over its check character.
    load(
        RegisterKind::Enterprises,
        ENTERPRISES.replace("914403001922038216", "914403001922038217").as_bytes(),
    )
    .unwrap();
}

#[test]
fn each_fault_of_an_address_is_named() {
    let spoilt = |from, to| spoilt(RegisterKind::Addresses, ADDRESSES, from, to);
    assert_eq!(spoilt(ADDRESS, &ADDRESS[1..]), (2, "code".into()), "24 digits");
    assert_eq!(spoilt(ADDRESS, "440303001001001234567890X"), (2, "code".into()));
    assert_eq!(
        spoilt(ADDRESS, "4403030019990012345678901"),
        (2, "code".into()),
        "no such community"
    );
    assert_eq!(spoilt("office", "palace"), (2, "use".into()));
    assert_eq!(spoilt("standing", "falling"), (2, "state".into()));
    assert_eq!(spoilt(",3,", ",-3,"), (2, "firms".into()));
    assert_eq!(spoilt(",false", ",perhaps"), (2, "shared".into()));
}

#[test]
fn each_fault_of_a_person_is_named() {
    let spoilt = |from, to| spoilt(RegisterKind::Dishonesty, DISHONESTY, from, to);
    assert_eq!(
        spoilt("11010519491231002x", "110105194912310021"),
        (2, "paper_number".into()),
        "check character"
    );
    assert_eq!(
        spoilt("11010519491231002x", "11010519490231002x"),
        (2, "paper_number".into()),
        "30 February"
    );
    assert_eq!(spoilt("judgment-defaulter", "bad-manners"), (2, "ground".into()));
    assert_eq!(
        spoilt("2026-01-01", "2023-01-01"),
        (3, "lifted_on".into()),
        "lifted before it was listed"
    );
    assert_eq!(spoilt("（2025）粤0305执1号", ""), (2, "case_number".into()));
    let rows = faults(
        RegisterKind::Dishonesty,
        DISHONESTY.replacen("11010519491231002x", "110105194912310021", 1),
    );
    assert!(
        !format!("{}{}", rows[0].why.zh, rows[0].why.en).contains("1949"),
        "a personal number is never repeated"
    );
}

#[test]
fn every_column_of_a_bad_row_is_told_and_every_row_is_counted() {
    let row = "x,,perhaps,never,none\n";
    let file = format!("unified_code,name,status,since,industry\n{}", row.repeat(1_000));
    let bad = load(RegisterKind::Enterprises, file.as_bytes()).unwrap_err();
    assert_eq!(bad.total, 5_000);
    assert_eq!(bad.rows.len(), BAD_ROWS_LISTED_MAX);
    assert_eq!((bad.rows[5].line, bad.rows[5].column.as_str()), (3, "unified_code"));
}

#[test]
fn harmful_files_are_refused_in_bounded_memory() {
    let head = "unified_code,name,status\n";
    let row = |name: &str| format!("{head}{GOOD_CODE},{name},registered\n");
    assert_eq!(
        fault(RegisterKind::Enterprises, row(&"字".repeat(FIELD_CHARS_MAX + 1))),
        (2, "name".into())
    );
    assert_eq!(
        fault(RegisterKind::Enterprises, row(&"x".repeat(1 << 20))),
        (2, String::new()),
        "a field of 1 MiB"
    );
    assert_eq!(fault(RegisterKind::Enterprises, row("有\0无")), (2, "name".into()), "NUL");
    assert_eq!(
        fault(RegisterKind::Enterprises, row("有\u{202e}无")),
        (2, "name".into()),
        "text that runs backwards"
    );
    assert_eq!(
        fault(RegisterKind::Enterprises, row("\"有\n无\"")),
        (2, "name".into()),
        "a line break within quotes"
    );
    let unclosed = format!("{head}{GOOD_CODE},甲,registered\n914403001922038216,\"乙,registered\n");
    assert_eq!(fault(RegisterKind::Enterprises, &unclosed).0, 3, "a quote that is never closed");
    assert_eq!(fault(RegisterKind::Enterprises, unclosed.trim_end()).0, 3);
    let endless = std::io::Read::chain(unclosed.as_bytes(), std::io::repeat(b'x'));
    let bad = check(RegisterKind::Enterprises, endless, &ZONE, |_| ()).unwrap_err();
    assert_eq!(
        (bad.total, bad.rows[0].line),
        (1, 3),
        "an endless file ends at the limit of one row"
    );
    for noise in [
        &b"\0\0\0\0"[..],
        b"\xFF\xFE",
        b"\x80",
        b"\"",
        b"\"\"\"",
        b",,,",
        b"\r\r\r",
        b"\xEF\xBB\xBF",
    ] {
        assert!(load(RegisterKind::Enterprises, noise).is_err(), "{noise:?}");
    }
}

#[test]
fn a_broken_byte_in_a_utf8_file_is_told_and_not_guessed_at() {
    let mut bytes = format!("{ENTERPRISES}914403007152672611,坏字节有限公司,registered,,\n").into_bytes();
    let at = bytes.windows("坏".len()).position(|w| w == "坏".as_bytes()).unwrap();
    bytes.remove(at);
    assert_eq!(fault(RegisterKind::Enterprises, bytes), (5, "name".into()));
}

#[test]
fn rows_keep_their_line_numbers_over_the_edges_of_every_buffer() {
    let mut file = String::from("unified_code,name,status\r\n");
    for n in 0..30_000 {
        let code = UnifiedCode::issue('9', '1', "440300", &format!("MAQ{n:05}")).unwrap();
        file.push_str(&format!("{code},\"深圳市第{n}号有限公司\",registered\r\n"));
    }
    for bytes in [file.clone().into_bytes(), encoding_rs::GB18030.encode(&file).0.into_owned()] {
        let mut spoilt = bytes.clone();
        spoilt.extend_from_slice(b"?,x,registered\r\n");
        assert_eq!(load(RegisterKind::Enterprises, &bytes).unwrap().len(), 30_000);
        assert_eq!(fault(RegisterKind::Enterprises, spoilt), (30_002, "unified_code".into()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever bytes come, the reader answers, names lines that exist, and both readings agree.
    #[test]
    fn any_bytes_are_read_to_an_answer(noise in proptest::collection::vec(any::<u8>(), 0..600), kind in 0..4_usize) {
        let kind = RegisterKind::ALL[kind];
        let head = [ENTERPRISES, ADDRESSES, IDENTITIES, DISHONESTY][kind as usize].lines().next().unwrap_or_default();
        let file = [head.as_bytes(), b"\n", &noise].concat();
        if let Err(bad) = load(kind, &file) {
            let lines = 2 + noise.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() as u64;
            prop_assert!(bad.total >= bad.rows.len() as u64 && !bad.rows.is_empty());
            prop_assert!(bad.rows.iter().all(|row| (1..=lines).contains(&row.line)), "{:?}", bad.rows);
        }
    }

    /// A name that is written with quotes comes back as it was, on the line where it stands.
    #[test]
    fn quoting_keeps_every_name(names in proptest::collection::vec("[\u{4e00}-\u{9fa5}\",（） a-z]{1,20}[\u{4e00}-\u{9fa5}]", 1..20)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["unified_code", "name", "status"]).unwrap();
        for (n, name) in names.iter().enumerate() {
            let code = UnifiedCode::issue('9', '1', "440300", &format!("MAQ{n:05}")).unwrap();
            writer.write_record([code.as_str(), name, "registered"]).unwrap();
        }
        let rows = load(RegisterKind::Enterprises, &writer.into_inner().unwrap()).unwrap();
        let read: Vec<&str> = rows.iter().filter_map(|row| row.document["name"].as_str()).collect();
        prop_assert_eq!(read, names.iter().map(|name| name.trim()).collect::<Vec<_>>());
    }
}
