/** Findings in the order in which people want them: the worst first. */
import type { Finding, Outcome } from "../api/types";

const SEVERITY: Record<Outcome, number> = { pass: 0, warn: 1, refer: 2, unknown: 3, block: 4 };

export interface Group {
  element: string;
  worst: Outcome;
  findings: Finding[];
}

/** By element, elements and findings worst first; what is equally bad stays in the order of the examination. */
export function groupFindings(findings: Finding[]): Group[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.element);
    if (group) group.push(finding);
    else groups.set(finding.element, [finding]);
  }
  const worse = (a: Outcome, b: Outcome) => SEVERITY[b] - SEVERITY[a];
  return [...groups.entries()]
    .map(([element, list]) => {
      const sorted = [...list].sort((a, b) => worse(a.outcome, b.outcome));
      return { element, worst: sorted[0]!.outcome, findings: sorted };
    })
    .sort((a, b) => worse(a.worst, b.worst));
}
