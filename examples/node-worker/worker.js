// Does the slash command /charge 12.50: charges a card, and says so. See README.md.
import amqp from "amqplib";

const QUEUE = "charge";
/** How long a bank takes. */
const BANK_MS = 1500;
/** Most answers that are remembered. */
const REMEMBERED = 10_000;

/** What was answered to which question: one that comes twice is charged once. */
const answers = new Map();

async function charge({ text, until }) {
  // It was taken too late: who asked has been told that nobody answered, and may have asked anew.
  if (Date.now() > until) return { error: "That came too late, and nothing was charged." };
  if (!/^\d{1,6}(\.\d\d)?$/.test(text)) return { error: "Say how much, like /charge 12.50." };
  await new Promise((resolve) => setTimeout(resolve, BANK_MS));
  return { text: "Charged! Thanks!" };
}

function answer(id, question) {
  if (!answers.has(id)) answers.set(id, charge(question));
  if (answers.size > REMEMBERED) answers.delete(answers.keys().next().value);
  return answers.get(id);
}

const connection = await amqp.connect(process.argv[2] ?? "amqp://localhost");
const channel = await connection.createChannel();
// The same words in every worker of this queue, so that it does not matter who comes first.
await channel.assertQueue(QUEUE, { durable: true });
await channel.prefetch(10);
/** What is in hand. */
const inHand = new Set();
async function take(message) {
  const { replyTo, correlationId, messageId } = message.properties;
  let reply;
  try {
    reply = await answer(messageId, JSON.parse(message.content));
  } catch (problem) {
    console.error(problem);
    reply = { error: "That could not be understood, and nothing was charged." };
  }
  if (replyTo) channel.sendToQueue(replyTo, Buffer.from(JSON.stringify(reply)), { correlationId, contentType: "application/json" });
  // Only now: if this process dies before, another one gets the question.
  channel.ack(message);
}
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  const taken = take(message).finally(() => inHand.delete(taken));
  inHand.add(taken);
});
let ending = false;
connection.on("close", () => process.exit(ending ? 0 : 1));
process.on("SIGTERM", async () => {
  ending = true;
  await channel.cancel(consumerTag);
  await Promise.all(inHand);
  await connection.close();
});
console.log(`waiting for questions in the queue ${QUEUE}`);
