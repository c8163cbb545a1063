-- Renews the lease of a node in KEYS[1]. ARGV: the node, with the version that it reads; the lease in milliseconds.
-- Answers whether the node was not there, and all that live, each followed by the milliseconds that its lease lasts.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local new = redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local answer = { new }
local nodes = redis.call('ZRANGE', KEYS[1], 0, 999, 'WITHSCORES')
for index = 1, #nodes, 2 do
    answer[#answer + 1] = nodes[index]
    answer[#answer + 1] = nodes[index + 1] - now
end
return answer
