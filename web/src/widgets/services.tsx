/** Services of the catalogue to choose from; none chosen means all of them. */
import type { WidgetProps } from "@rjsf/utils";
import { useServices } from "../api/queries";
import { labelId, useDescribed } from "../form/templates";
import { useSpeech } from "../text";

const slugsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((v) => typeof v === "string") : []);

export function ServicesWidget(props: WidgetProps) {
  const { pick } = useSpeech();
  const { data } = useServices();
  const described = useDescribed(props.id, props.uiSchema?.["ui:help"] !== undefined);
  const chosen = slugsOf(props.value);
  const open = (data?.chapters ?? []).flatMap((c) => c.services).filter((s) => s.open || chosen.includes(s.slug));
  const toggle = (slug: string, on: boolean) => props.onChange(on ? [...chosen, slug] : chosen.filter((s) => s !== slug));
  return (
    <div id={props.id} role="group" aria-labelledby={labelId(props.id)} className="radios radios-many choices" {...described}>
      {open.map((s) => (
        <label key={s.slug} className="radio">
          <input type="checkbox" value={s.slug} checked={chosen.includes(s.slug)} disabled={props.disabled || props.readonly} onChange={(e) => toggle(s.slug, e.target.checked)} />
          <span>{pick(s.name)}</span>
        </label>
      ))}
    </div>
  );
}

export function ServicesShown({ value }: { value: unknown }) {
  const { t, pick } = useSpeech();
  const { data } = useServices();
  const slugs = slugsOf(value);
  const nameOf = (slug: string) => pick(data?.chapters.flatMap((c) => c.services).find((s) => s.slug === slug)?.name) || slug;
  return <>{slugs.length === 0 ? t.delegations.allServices : slugs.map(nameOf).join(t.listSeparator)}</>;
}
