"use client";

import { useChat } from "@ai-sdk/react";
import { useState } from "react";

export function Chat() {
  const { messages, sendMessage, status } = useChat();
  const [text, setText] = useState("");

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        sendMessage({ text });
        setText("");
      }}
    >
      {messages.map((message) => (
        <p key={message.id}>
          {message.parts.map((part, index) => (part.type === "text" ? <span key={index}>{part.text}</span> : null))}
        </p>
      ))}
      <input value={text} onChange={(event) => setText(event.target.value)} disabled={status !== "ready"} />
    </form>
  );
}
