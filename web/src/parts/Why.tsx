/** Why a case was decided as it was: each rule with outcome, words, evidence and legal basis, grouped by element, worst first. */
import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, QuestionCircleFilled, UserOutlined } from "@ant-design/icons";
import type { Bilingual, Finding, Outcome, ServiceText } from "../api/types";
import { groupFindings } from "../lib/findings";
import { humanise } from "../form/prepare";
import { useSpeech } from "../text";

const ICONS = { pass: CheckCircleFilled, warn: ExclamationCircleFilled, refer: UserOutlined, unknown: QuestionCircleFilled, block: CloseCircleFilled };

function OutcomeTag({ outcome }: { outcome: Outcome }) {
  const { t } = useSpeech();
  const Icon = ICONS[outcome];
  return <span className={`outcome outcome-${outcome}`}><Icon aria-hidden /> {t.outcome[outcome]}</span>;
}

export function Why({ findings, text }: { findings: Finding[]; text: Partial<ServiceText> | null | undefined }) {
  const { t, pick } = useSpeech();
  if (findings.length === 0) return <p className="muted">{t.case.whyNone}</p>;
  return (
    <div className="why">
      {groupFindings(findings).map((group) => {
        const passed = group.findings.filter((f) => f.outcome === "pass");
        const rest = group.findings.filter((f) => f.outcome !== "pass");
        const name = group.findings.find((f) => f.element_text)?.element_text ?? text?.element?.[group.element];
        return (
          <section key={group.element} className="why-element" aria-labelledby={`why-${group.element}`}>
            <div className="why-head">
              <h3 id={`why-${group.element}`}>{pick(name) || humanise(group.element)}</h3>
              <OutcomeTag outcome={group.worst} />
            </div>
            {rest.map((f, i) => <One key={i} finding={f} text={text} />)}
            {passed.length > 0 && (
              <details>
                <summary>{rest.length > 0 ? t.case.passed(passed.length) : t.case.allPassed(passed.length)}</summary>
                {passed.map((f, i) => <One key={i} finding={f} text={text} />)}
              </details>
            )}
          </section>
        );
      })}
    </div>
  );
}

function One({ finding, text }: { finding: Finding; text: Partial<ServiceText> | null | undefined }) {
  const { t, lang, pick } = useSpeech();
  const evidence = Object.entries(finding.evidence);
  const labelOf = (key: string): string => {
    const own = Object.entries(text?.field ?? {}).find(([name]) => name.endsWith(`.${key}`))?.[1] as Bilingual | undefined;
    return t.card[key] ?? (pick(own) || humanise(key));
  };
  return (
    <article className={`finding finding-${finding.outcome}`}>
      <p className="finding-head"><OutcomeTag outcome={finding.outcome} /> <strong>{pick(finding.name) || finding.rule}</strong></p>
      {pick(finding.text) && <p>{pick(finding.text)}</p>}
      {pick(finding.basis) && <p className="basis"><span>{t.case.basis}</span> {pick(finding.basis)}</p>}
      {evidence.length > 0 && (
        <details className="evidence">
          <summary>{t.case.evidence}</summary>
          <dl>
            {evidence.map(([key, value]) => <div key={key}><dt>{labelOf(key)}</dt><dd lang={lang === "en" ? "zh-CN" : undefined}>{value}</dd></div>)}
            <div><dt>{t.case.rule}</dt><dd className="code">{finding.rule}</dd></div>
          </dl>
        </details>
      )}
    </article>
  );
}
