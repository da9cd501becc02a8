/** A dialog of the browser's own: it keeps the keyboard inside, closes with Escape, and gives the focus back. */
import { CloseOutlined } from "@ant-design/icons";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { useSpeech } from "../text";

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useSpeech();
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={box} className="dialog" aria-labelledby={id} onCancel={(e) => { e.preventDefault(); onClose(); }} onClick={(e) => { if (e.target === box.current) onClose(); }}>
      <div className="dialog-inner">
        <div className="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="tool" onClick={onClose} aria-label={t.close}><CloseOutlined aria-hidden /></button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
