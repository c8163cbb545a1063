-- Notes whom a node has in a place, in the hash KEYS[1]. ARGV: at what it must stand, or nothing where it is written anew;
-- at what it stands then; the expiry in milliseconds; how many came; each of them, as their id and as JSON; who went.
-- Answers 0 if it does not stand there: then it is to be written anew.
if ARGV[1] == '' then
    redis.call('DEL', KEYS[1])
elseif redis.call('HGET', KEYS[1], 'at') ~= ARGV[1] then
    return 0
end
redis.call('HSET', KEYS[1], 'at', ARGV[2])
local came = tonumber(ARGV[4])
for index = 5, 4 + 2 * came, 2 do
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
end
for index = 5 + 2 * came, #ARGV do
    redis.call('HDEL', KEYS[1], ARGV[index])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
