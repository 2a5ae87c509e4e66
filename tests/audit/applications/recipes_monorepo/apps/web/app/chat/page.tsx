"use client";

import { useChat } from "@ai-sdk/react";
import { useState } from "react";

export default function Chat() {
  const { messages, sendMessage } = useChat();
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
          {message.parts.map((part) => (part.type === "text" ? part.text : null))}
        </p>
      ))}
      <input value={text} onChange={(event) => setText(event.target.value)} />
    </form>
  );
}
