// The wardens talk to each other here.
const messages = [];
const socket = new WebSocket("/chat");

socket.onmessage = (event) => {
  messages.push({ role: "user", content: event.data });
  render(messages);
};

export function send(prompt) {
  socket.send(JSON.stringify({ content: prompt }));
}
