/** How a field, an object and a list look; labels, help and errors are tied to their input for everyone who can't see them. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import type {
  ArrayFieldItemTemplateProps, ArrayFieldTemplateProps, FieldTemplateProps, ObjectFieldTemplateProps, TemplatesType,
} from "@rjsf/utils";
import { Button } from "antd";
import { useSpeech } from "../text";
import { within } from "../lib/pointer";
import { applies } from "./answers";
import { useForm } from "./context";
import { bare } from "./prepare";

export const pointerOfId = (id: string) => id.replace(/^f/, "");
export const labelId = (id: string) => `${id}__label`;
export const errorId = (id: string) => `${id}__error`;
export const helpId = (id: string) => `${id}__help`;

function useFaults(id: string, deep: boolean): string[] {
  const { pick } = useSpeech();
  const { faults } = useForm();
  const pointer = pointerOfId(id);
  return faults.filter((f) => (deep ? within(f.pointer, pointer) : f.pointer === pointer)).map((f) => pick(f.message));
}

/** The attributes that tie an input to its help and its errors. */
export function useDescribed(id: string, help: boolean): { "aria-describedby"?: string; "aria-invalid"?: true } {
  const wrong = useFaults(id, true).length > 0;
  const ids = [help ? helpId(id) : "", wrong ? errorId(id) : ""].filter(Boolean).join(" ");
  return { ...(ids ? { "aria-describedby": ids } : {}), ...(wrong ? { "aria-invalid": true } : {}) };
}

export function Errors({ id, deep }: { id: string; deep: boolean }) {
  const faults = useFaults(id, deep);
  if (faults.length === 0) return null;
  return (
    <div className="field-error" id={errorId(id)}>
      {faults.map((words, i) => <p key={i}>{words}</p>)}
    </div>
  );
}

function FieldTemplate({ id, label, children, displayLabel, required, rawHelp, schema, hidden, uiSchema }: FieldTemplateProps) {
  const { t } = useSpeech();
  const custom = uiSchema?.["ui:widget"] !== undefined;
  const leaf = (schema.type !== "object" && schema.type !== "array") || custom;
  const wrong = useFaults(id, leaf).length > 0;
  if (hidden) return <div hidden>{children}</div>;
  if (!leaf) return <>{children}</>;
  const group = ["radio", "address", "choices", "engraver", "branch"].includes(String(uiSchema?.["ui:widget"]));
  // Some labels say it themselves.
  const said = /选填|optional/i.test(label ?? "");
  const optional = !required && !said && schema.type !== "boolean" ? <span className="optional">{t.form.optional}</span> : null;
  return (
    <div className={`field${wrong ? " field-wrong" : ""}`}>
      {displayLabel && label && schema.type !== "boolean" && (group
        ? <span className="field-label" id={labelId(id)}>{label}{optional}</span>
        : <label className="field-label" id={labelId(id)} htmlFor={id}>{label}{optional}</label>)}
      {rawHelp && <p className="field-help" id={helpId(id)}>{rawHelp}</p>}
      <Errors id={id} deep />
      {children}
    </div>
  );
}

function ObjectFieldTemplate({ fieldPathId, title, properties, schema, formData, uiSchema }: ObjectFieldTemplateProps) {
  const id = fieldPathId.$id;
  const shown = properties.filter((p) => !p.hidden && applies(schema, p.name, formData));
  const isItem = /\/\d+$/.test(id);
  const body = (
    <>
      <Errors id={id} deep={false} />
      {shown.map((p) => <div key={p.name}>{p.content}</div>)}
    </>
  );
  if (id === "f" || isItem || !title) return <div id={id} tabIndex={-1} className="fields">{body}</div>;
  return (
    <fieldset className="group" id={id} tabIndex={-1}>
      <legend className="field-label">{title}</legend>
      {uiSchema?.["ui:help"] && <p className="field-help">{uiSchema["ui:help"]}</p>}
      {body}
    </fieldset>
  );
}

function ArrayFieldTemplate({ fieldPathId, title, items, canAdd, onAddClick, uiSchema }: ArrayFieldTemplateProps) {
  const { t } = useSpeech();
  const id = fieldPathId.$id;
  return (
    <fieldset className="list" id={id} tabIndex={-1}>
      <legend className="list-title">{title}</legend>
      {uiSchema?.["ui:help"] && <p className="field-help">{uiSchema["ui:help"]}</p>}
      <Errors id={id} deep={false} />
      {items.length === 0 && <p className="muted">{t.form.empty}</p>}
      {items}
      {canAdd && <Button className="list-add" icon={<PlusOutlined aria-hidden />} onClick={onAddClick}>{t.form.add(bare(title))}</Button>}
    </fieldset>
  );
}

function ArrayFieldItemTemplate({ children, buttonsProps, index, parentUiSchema }: ArrayFieldItemTemplateProps) {
  const { t } = useSpeech();
  const title = String((parentUiSchema?.["ui:options"] as { itemLabel?: string } | undefined)?.itemLabel ?? "");
  return (
    <section className="item" aria-label={t.form.item(title, index + 1)}>
      <div className="item-head">
        <span className="item-number">{t.form.item(title, index + 1)}</span>
        {buttonsProps.hasRemove && (
          <Button type="text" danger icon={<DeleteOutlined aria-hidden />} onClick={buttonsProps.onRemoveItem} aria-label={t.form.remove(title, index + 1)} />
        )}
      </div>
      {children}
    </section>
  );
}

const Nothing = () => null;

export const templates: Partial<TemplatesType> = {
  FieldTemplate, ObjectFieldTemplate, ArrayFieldTemplate, ArrayFieldItemTemplate,
  FieldErrorTemplate: Nothing, FieldHelpTemplate: Nothing, ErrorListTemplate: Nothing, DescriptionFieldTemplate: Nothing, TitleFieldTemplate: Nothing,
};
