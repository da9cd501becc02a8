/** What every field of a form may need to know beside its own value. */
import { createContext, useContext } from "react";
import type { Fault, JsonObject, ServiceText } from "../api/types";

export interface FormSetting {
  /** The service whose questions the widgets may ask. */
  slug: string;
  text: Partial<ServiceText> | null | undefined;
  faults: Fault[];
  /** The whole input as far as it is filled in. */
  data: JsonObject;
}

export const FormContext = createContext<FormSetting>({ slug: "", text: null, faults: [], data: {} });
export const useForm = () => useContext(FormContext);
