/** The receipt: what was received, when, under which number, and what happens next. */
import { CheckCircleFilled, PrinterOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link, useParams } from "react-router";
import { useCase, useServiceLine } from "../api/queries";
import { whatNext } from "../lib/next";
import { dueTitle, DueTag } from "../parts/DueTag";
import { SignedIn, StatusTag, Time } from "../parts/bits";
import { Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Receipt() {
  return <SignedIn>{() => <Received />}</SignedIn>;
}

function Received() {
  const { id = "" } = useParams();
  const { t, lang, pick } = useSpeech();
  const { data: view, error, isPending, refetch } = useCase(id);
  const service = useServiceLine(view?.service ?? "");
  useTitle(t.receipt.title);
  if (isPending) return <Loading />;
  if (error && !view) return <div className="wrap page"><Failed error={error} onRetry={() => void refetch()} /></div>;
  const current = view.steps.find((s) => s.state === "current");
  const next = whatNext({ ...view, awaits_me: false }, t, pick(current?.text), pick(service?.line.agency));
  return (
    <div className="wrap page narrow">
      <section className="receipt" aria-labelledby="receipt-title">
        <CheckCircleFilled className="receipt-mark" aria-hidden />
        <h1 id="receipt-title">{t.receipt.title}</h1>
        <p className="receipt-number"><span>{t.receipt.number}</span><strong className="code">{view.id}</strong></p>
        <dl className="answers">
          <div className="answer"><dt>{t.receipt.service}</dt><dd>{pick(service?.line.name) || view.service}</dd></div>
          <div className="answer"><dt>{t.receipt.what}</dt><dd lang="zh-CN">{view.title}</dd></div>
          <div className="answer"><dt>{t.receipt.at}</dt><dd><Time at={view.opened_at} /></dd></div>
          <div className="answer"><dt>{t.receipt.status}</dt><dd><StatusTag line={view} /></dd></div>
        </dl>
        {view.due && !view.closed && <p><DueTag due={view.due} /> {dueTitle(view.due, t, lang)}</p>}
        <h2>{t.receipt.next}</h2>
        <p>{next}</p>
        <p className="row center no-print">
          <Link className="button button-primary" to={`/cases/${view.id}`}>{t.receipt.view}</Link>
          <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>{t.receipt.print}</Button>
        </p>
      </section>
    </div>
  );
}
