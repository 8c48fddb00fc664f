/** The reasons of a refused or lost broker connection, in French. */

const FRENCH: Readonly<Record<string, string>> = {
  'the broker does not speak MQTT 3.1.1': 'le serveur ne parle pas MQTT 3.1.1',
  'the broker refuses our client id': 'le serveur refuse notre identifiant de client',
  'the broker is not available yet': "le serveur n'est pas encore disponible",
  'the broker refuses user name or password': "le serveur refuse le nom d'utilisateur ou le mot de passe",
  'no broker listens there': "aucun serveur n'écoute à cette adresse",
  'the name of the broker is not known': "le nom du serveur n'est pas connu",
  'the broker can not be reached over the network': 'le serveur est injoignable par le réseau',
  'the broker does not answer': 'le serveur ne répond pas',
  'the broker closed the connection': 'le serveur a fermé la connexion',
  'the mqtt package is not installed': "le paquet mqtt n'est pas installé",
  "the broker's certificate has expired": 'le certificat du serveur a expiré',
  "the broker's certificate is signed by an unknown authority: name its ca":
    'le certificat du serveur est signé par une autorité inconnue : indiquez son ca',
  "the broker's certificate is for another name than the one in its address": 'le certificat du serveur porte un autre nom que son adresse',
  'the broker does not speak TLS on this port': 'le serveur ne parle pas TLS sur ce port',
  'connection lost': 'connexion perdue',
};

/** What is not in the list is said as it is. */
export function inFrench(reason: string): string {
  return FRENCH[reason] ?? reason;
}
