//! The columns of each register's file, by their English and Chinese names.

use kernel::Bilingual;

use super::{BadRow, RegisterKind};

/// A column of a file.
pub(super) struct Column {
    /// The name that faults are reported under.
    pub name: &'static str,
    /// Names that are also taken.
    pub also: &'static [&'static str],
    /// False if the file may lack it.
    pub required: bool,
}

const fn required(name: &'static str, also: &'static [&'static str]) -> Column {
    Column {
        name,
        also,
        required: true,
    }
}
const fn optional(name: &'static str, also: &'static [&'static str]) -> Column {
    Column {
        name,
        also,
        required: false,
    }
}

const PAPER_NUMBER: Column = required("paper_number", &["证件号码", "身份证号", "公民身份号码"]);
const PAPER_KIND: Column = optional("paper_kind", &["证件类型", "证件种类"]);

const ENTERPRISES: [Column; 5] = [
    required("unified_code", &["统一社会信用代码", "统一代码"]),
    required("name", &["企业名称", "名称"]),
    required("status", &["登记状态", "状态"]),
    optional("since", &["状态日期", "变更日期"]),
    optional("industry", &["行业代码", "行业"]),
];
const ADDRESSES: [Column; 6] = [
    required("code", &["地址编码", "统一地址编码", "房屋编码"]),
    required("text", &["地址", "详细地址"]),
    required("use", &["用途", "房屋用途"]),
    required("state", &["状态", "房屋状态"]),
    optional("firms", &["已登记户数", "登记户数"]),
    optional("shared", &["集群注册", "托管"]),
];
const IDENTITIES: [Column; 5] = [
    PAPER_NUMBER,
    required("name", &["姓名"]),
    required("verified_on", &["核身日期"]),
    optional("capacity", &["民事行为能力"]),
    PAPER_KIND,
];
const DISHONESTY: [Column; 7] = [
    PAPER_NUMBER,
    required("ground", &["列入事由", "事由"]),
    required("since", &["起算日期", "列入日期"]),
    required("case_number", &["案号", "文号"]),
    required("listed_by", &["列入机关", "列入单位"]),
    optional("lifted_on", &["移出日期"]),
    PAPER_KIND,
];

pub(super) fn of(kind: RegisterKind) -> &'static [Column] {
    match kind {
        RegisterKind::Enterprises => &ENTERPRISES,
        RegisterKind::Addresses => &ADDRESSES,
        RegisterKind::Identities => &IDENTITIES,
        RegisterKind::Dishonesty => &DISHONESTY,
    }
}

/// Where each column of the register stands in the file: an index into the fields of a row, in the order of [`of`].
pub(super) fn places(kind: RegisterKind, header: &::csv::StringRecord) -> Result<Vec<Option<usize>>, Vec<BadRow>> {
    let columns = of(kind);
    let mut places = vec![None; columns.len()];
    let mut faults = Vec::new();
    let mut fault = |column: &str, zh: &str, en: &str| {
        faults.push(BadRow {
            line: 1,
            column: column.into(),
            why: Bilingual::new(zh, en),
        });
    };
    for (index, title) in header.iter().enumerate() {
        let title: String = title.trim().chars().take(64).collect::<String>().to_lowercase();
        let found = columns
            .iter()
            .position(|column| column.name == title || column.also.contains(&title.as_str()));
        match found.map(|at| (at, &mut places[at])) {
            None => fault(
                &title,
                "没有这一列；请对照说明检查表头",
                "the register has no such column; please compare the header with the guide",
            ),
            Some((at, Some(_))) => fault(columns[at].name, "此列出现两次", "the column stands twice"),
            Some((_, place)) => *place = Some(index),
        }
    }
    for (column, place) in columns.iter().zip(&places) {
        if column.required && place.is_none() {
            fault(column.name, "表头缺少此列", "the header lacks this column");
        }
    }
    if faults.is_empty() { Ok(places) } else { Err(faults) }
}
