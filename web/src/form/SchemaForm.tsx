/** A form for any JSON Schema of any service; validation is the server's. */
import Form from "@rjsf/core";
import { useMemo, type ReactNode } from "react";
import type { Fault, JsonObject, ServiceText } from "../api/types";
import { widgets } from "../widgets";
import { FormContext } from "./context";
import { matcher } from "./matcher";
import type { Prepared } from "./prepare";
import { templates } from "./templates";

interface Props {
  prepared: Prepared;
  data: JsonObject;
  onChange: (data: JsonObject) => void;
  onSubmit: () => void;
  faults: Fault[];
  slug: string;
  text: Partial<ServiceText> | null | undefined;
  /** Buttons. */
  children: ReactNode;
}

export function SchemaForm({ prepared, data, onChange, onSubmit, faults, slug, text, children }: Props) {
  const setting = useMemo(() => ({ slug, text, faults, data }), [slug, text, faults, data]);
  return (
    <FormContext.Provider value={setting}>
      <Form
        schema={prepared.schema}
        uiSchema={prepared.ui}
        formData={data}
        validator={matcher}
        idPrefix="f"
        idSeparator="/"
        noValidate
        noHtml5Validate
        showErrorList={false}
        templates={templates}
        widgets={widgets}
        onChange={(event) => onChange((event.formData ?? {}) as JsonObject)}
        onSubmit={onSubmit}
      >
        {children}
      </Form>
    </FormContext.Provider>
  );
}
