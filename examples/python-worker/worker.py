"""Does the slash command /roll 2d6: throws dice. See README.md."""

import json
import random
import re
import sys

import pika

QUEUE = "roll"


def roll(text):
    """What is answered to this."""
    dice = re.fullmatch(r"(\d{1,2})d(\d{1,3})", text or "1d6")
    if dice is None or not (0 < int(dice[1]) <= 20 and 0 < int(dice[2]) <= 100):
        return {"error": "Say how many dice with how many sides, like /roll 2d6: at most 20 with 100."}
    thrown = [random.randint(1, int(dice[2])) for _ in range(int(dice[1]))]
    if len(thrown) == 1:
        return {"text": f"You rolled {thrown[0]}."}
    return {"text": f"You rolled {' + '.join(map(str, thrown))} = {sum(thrown)}."}


def answer(channel, method, properties, body):
    """Answers a question, and then takes it out of the queue."""
    if not properties.reply_to:
        # Nobody waits for an answer: it is no question of Chinwag's.
        channel.basic_ack(method.delivery_tag)
        return
    try:
        reply = roll(json.loads(body)["text"])
    except (ValueError, KeyError, TypeError):
        reply = {"error": "That could not be understood."}
    channel.basic_publish(
        exchange="",
        routing_key=properties.reply_to,
        body=json.dumps(reply),
        properties=pika.BasicProperties(
            correlation_id=properties.correlation_id, content_type="application/json"
        ),
    )
    channel.basic_ack(method.delivery_tag)


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "amqp://localhost"
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    # The same words in every worker of this queue, so that it does not matter who comes first.
    channel.queue_declare(QUEUE, durable=True)
    channel.basic_qos(prefetch_count=10)
    channel.basic_consume(QUEUE, answer)
    print(f"waiting for questions in the queue {QUEUE}", flush=True)
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
