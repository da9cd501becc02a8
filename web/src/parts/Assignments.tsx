/** Who handles a case, and through whose hands it has gone; for officers. */
import { useState } from "react";
import { useAssignments } from "../api/portal-queries";
import { useSpeech } from "../text";
import { Time } from "./bits";
import { HandOver } from "./HandOver";

export function Assignments({ id }: { id: string }) {
  const { t } = useSpeech();
  const { data } = useAssignments(id, true);
  const [handing, setHanding] = useState(false);
  const [said, setSaid] = useState("");
  const history = data?.history ?? [];
  return (
    <section className="panel" aria-labelledby="assignment-title">
      <div className="panel-head"><h2 id="assignment-title">{t.handOver.history}</h2></div>
      <p className="sr-only" role="status">{said}</p>
      {history.length === 0 && <p className="muted">{t.handOver.first}</p>}
      <ol className="timeline">
        {[...history].reverse().map((a, i) => (
          <li key={i}>
            <p className="happened">{t.handOver.line(a.to?.name ?? t.queue.nobody, a.by?.name ?? t.handOver.system)}</p>
            <p className="muted small"><Time at={a.at} />{a.reason && ` · ${a.reason}`}</p>
          </li>
        ))}
      </ol>
      <p className="row"><button type="button" className="button" onClick={() => setHanding(true)}>{t.queue.handOver}</button></p>
      {handing && <HandOver cases={[id]} onClose={() => setHanding(false)} onDone={(words) => { setHanding(false); setSaid(words); }} />}
    </section>
  );
}
