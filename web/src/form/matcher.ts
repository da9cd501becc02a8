/** The form library asks a validator which of several schemas fits. The server's validation is the only truth, so this one knows
 * just enough to tell variants apart and never reports an error. It compiles nothing at run time, as the content policy demands. */
import type { RJSFSchema, ValidatorType } from "@rjsf/utils";

function fits(schema: RJSFSchema, value: unknown): boolean {
  if (schema.const !== undefined) return schema.const === value;
  if (schema.enum) return schema.enum.includes(value as never);
  if (schema.properties) {
    const object = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    return Object.entries(schema.properties).every(([k, sub]) => object[k] === undefined || typeof sub === "boolean" || fits(sub as RJSFSchema, object[k]));
  }
  return true;
}

export const matcher: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  isValid: (schema, value) => fits(schema, value),
  rawValidation: () => ({ errors: [] }),
};
