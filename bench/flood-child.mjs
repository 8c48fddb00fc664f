/** Publishes commands for one relay at a steady rate: flood-child URL RELAY RATE. Tells each second how many it sent in that second. */
import mqtt from 'mqtt';

const [url, relay, rate] = process.argv.slice(2);
const client = await mqtt.connectAsync(url);
const install = await new Promise((resolve) => {
  client.on('message', (topic) => resolve(topic.split('/')[1]));
  client.subscribe('boxenergie/+/status');
});
const topic = `boxenergie/${install}/${relay}/${relay}/set`;
let sent = 0;
const begun = performance.now();
setInterval(() => {
  const due = ((performance.now() - begun) / 1000) * Number(rate);
  // A client that cannot keep up must not fill its memory.
  while (sent < due && client.stream.writableLength < 1e6) client.publish(topic, sent++ % 2 === 0 ? 'ON' : 'OFF');
}, 5);
let told = 0;
setInterval(() => {
  console.log(sent - told);
  told = sent;
}, 1_000);
